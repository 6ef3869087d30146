// Findings are numbered by their rule's row, files by the order in which they are met.
#include "scan/scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <tuple>

#include "base/escape.h"
#include "base/interrupt.h"
#include "codec/sha256.h"
#include "package/unpacked.h"
#include "scan/archive/hidden_files.h"
#include "scan/judges.h"
#include "scan/promised_format.h"
#include "scan/text/secrets_judge.h"

namespace weighlock::scan {
namespace {

// Archives in archives in archives: deeper ones are a trap.
constexpr size_t kMostDepth = 10;

std::string_view BaseName(std::string_view path) {
  return path.substr(path.find_last_of("/!") + 1);
}

std::string LowerName(const std::string& path) {
  std::string name(BaseName(path));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// Of what a baseline can hold: the same in every scan of the same bytes, wherever they lie. The
// text is in it, with the arguments of calls: what was accepted of one call is not accepted of
// another.
std::string Fingerprint(const ScanFinding& finding) {
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}\n{}", finding.rule, BaseName(finding.path),
                  finding.offset == kNoOffset ? 0 : finding.offset,
                  finding.pickle ? finding.pickle->resolved : std::string(), finding.text);
  Sha256 hash;
  hash.Update(AsBytes(text));
  return Hex(hash.Finish()).substr(0, 32);
}

// Worst first; what was not judged stands before what is only worth knowing.
int ReadingOrder(Level level) {
  if (level == Level::kInconclusive) return 2 * static_cast<int>(Level::kCritical) - 5;
  return 2 * (static_cast<int>(Level::kCritical) - static_cast<int>(level));
}

}  // namespace

const Limits& FileScan::limits() const {
  return scanner_.limits();
}

ScannedFile& FileScan::file() const {
  return scanner_.report_.files[file_];
}

void FileScan::SetFormat(std::string_view format) const {
  file().format = format;
}

ScanFinding& FileScan::Add(std::string_view rule, uint64_t offset, std::string text) const {
  const ScanRule* row = FindScanRule(rule);
  assert(row != nullptr && "a rule without a row in kb/scan");
  ScanFinding finding;
  finding.rule = row->id;
  finding.level = row->level;
  finding.verdict = row->verdict;
  finding.path = file().path;
  finding.offset = offset;
  finding.outer_offset = place_.OuterOf(offset);
  finding.text = std::move(text);
  scanner_.report_.findings.push_back(std::move(finding));
  return scanner_.report_.findings.back();
}

void FileScan::Unjudged(std::string_view rule, uint64_t offset, std::string text) const {
  Add(rule, offset, std::move(text)).level = Level::kInconclusive;
  file().coverage = std::max(file().coverage, Coverage::kPartial);
}

void FileScan::Unreadable(const Error& error) const {
  std::string text = error.what();
  if (!error.where().empty()) text = fmt::format("{}: {}", Escape(error.where()), text);
  switch (error.code()) {
    case Code::kTruncated:
    case Code::kMalformed:
    case Code::kMismatch:
      Unjudged("WL-S-002", error.offset(), std::move(text));
      break;
    case Code::kLimit:
      Unjudged("WL-S-003", error.offset(), std::move(text));
      break;
    case Code::kIo:
    case Code::kNotFound:
      Unjudged("WL-S-004", error.offset(), std::move(text));
      break;
    default:
      Unjudged("WL-S-001", error.offset(), std::move(text));
      break;
  }
}

void FileScan::Descend(const ByteSource& source, const std::string& name, uint64_t offset) const {
  if (offset != kNoOffset) {
    uint64_t& size = scanner_.descended_[{file_, offset}];
    size = std::max(size, source.size());
  }
  scanner_.ScanBytes(source, place_.Inside(name, offset));
}

bool FileScan::HasDescended(uint64_t offset, uint64_t size) const {
  const auto found = scanner_.descended_.find({file_, offset});
  return found != scanner_.descended_.end() && found->second >= size;
}

void FileScan::CountGlobal(std::string_view module, std::string_view name,
                           std::string_view standing) const {
  std::vector<GlobalUse>& globals = file().globals;
  const auto found = std::find_if(globals.begin(), globals.end(), [&](const GlobalUse& use) {
    return use.module == module && use.name == name;
  });
  if (found != globals.end()) {
    ++found->count;
    return;
  }
  globals.push_back({std::string(module), std::string(name), 1, std::string(standing)});
}

FileScan Scanner::Begin(const Place& place, uint64_t bytes) {
  report_.files.push_back(
      {place.Text(), "", bytes, Coverage::kComplete, ScanVerdict::kDataOnly, std::nullopt, {}, {}});
  report_.bytes += bytes;
  return FileScan(*this, report_.files.size() - 1, place);
}

Status Scanner::SpendUnpacked(uint64_t bytes) {
  if (bytes > unpacked_left_) {
    return Error(Code::kLimit, "what is packed in it unpacks to more than the limits allow");
  }
  unpacked_left_ -= bytes;
  return {};
}

void Scanner::ScanBytes(const ByteSource& source, const Place& place) {
  if (place.depth() == 1) unpacked_left_ = MostUnpacked(source.size(), limits());
  const FileScan scan = Begin(place, source.size());
  if (place.depth() > kMostDepth || report_.files.size() > limits().members) {
    scan.SetFormat("not read");
    scan.Unjudged("WL-S-003", kNoOffset,
                  fmt::format("archives in archives beyond {} levels, or more than {} files",
                              kMostDepth, limits().members));
    return;
  }
  auto head = source.Head(kSubjectHead);
  if (!head) {
    scan.SetFormat("not read");
    scan.Unreadable(head.error());
    scan.file().coverage = Coverage::kFailed;
    return;
  }
  Subject subject{source, *std::move(head), LowerName(place.chain.back()), place};
  for (const Judge& judge : Judges()) {
    if (!judge.fits(subject)) continue;
    scan.SetFormat(judge.format);
    SecretWatch secrets(subject);
    subject.source = secrets.source();
    judge.judge(subject, scan);
    subject.source = source;
    JudgePromise(subject, scan);
    secrets.Report(subject, scan);
    JudgeHiddenFiles(subject, scan);
    return;
  }
}

void Scanner::Absorb(Scanner&& other) {
  const auto append = [](auto& to, auto&& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(report_.files, other.report_.files);
  append(report_.findings, other.report_.findings);
  append(external_, other.external_);
  report_.bytes += other.report_.bytes;
}

ScanReport Scanner::Finish() && {
  // Each file's findings count for it, and for every archive around it.
  for (ScanFinding& finding : report_.findings) finding.fingerprint = Fingerprint(finding);
  ApplyBaseline(options_.baseline, options_.today, report_);
  allow_list_.AddNotes(report_.notes);
  // A path may stand for several files: an archive may hold a name twice.
  std::map<std::string_view, std::pair<std::optional<Level>, ScanVerdict>> by_path;
  for (const ScanFinding& finding : report_.findings) {
    if (!finding.accepted.empty()) continue;
    auto& [level, verdict] =
        by_path.try_emplace(finding.path, std::nullopt, ScanVerdict::kDataOnly).first->second;
    level = std::max(level, std::optional(finding.level));
    if (finding.level >= Level::kLow) verdict = std::max(verdict, finding.verdict);
  }
  for (ScannedFile& file : report_.files) {
    const auto found = by_path.find(file.path);
    if (found != by_path.end()) std::tie(file.level, file.verdict) = found->second;
  }
  for (const ScannedFile& file : report_.files) {
    report_.level = std::max(report_.level, file.level);
    report_.verdict = std::max(report_.verdict, file.verdict);
    if (file.coverage != Coverage::kComplete) report_.coverage = Coverage::kPartial;
  }
  const bool all_failed =
      !report_.files.empty() &&
      std::all_of(report_.files.begin(), report_.files.end(),
                  [](const ScannedFile& f) { return f.coverage == Coverage::kFailed; });
  if (all_failed) report_.coverage = Coverage::kFailed;
  std::stable_sort(report_.findings.begin(), report_.findings.end(),
                   [](const ScanFinding& a, const ScanFinding& b) {
                     return ReadingOrder(a.level) < ReadingOrder(b.level);
                   });
  return std::move(report_);
}

}  // namespace weighlock::scan
