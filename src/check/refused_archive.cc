// The reader's refusal says one thing; the entries are looked through for all of its kind.
#include "check/refused_archive.h"

#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "base/package_path.h"
#include "check/packaging.h"
#include "package/tar_entries.h"
#include "package/unpacked.h"

namespace weighlock {
namespace {

struct Oddities {
  NameCount links, outside, names, alike;
  std::string target;  // of the first link
};

Oddities Look(const ByteSource& archive, PackageKind kind, const Limits& limits) {
  Oddities found;
  std::map<std::string, std::string> seen;  // folded -> as spelt
  if (kind != PackageKind::kTar && kind != PackageKind::kTarGz) return found;
  const auto stream =
      kind == PackageKind::kTar ? StreamOf(archive) : UnpackedContent(archive, limits);
  const auto look = [&](const RawTarEntry& entry, ByteStream&) {
    if (entry.type == '1' || entry.type == '2') {
      if (found.links.count == 0) found.target = entry.target;
      found.links.Add(entry.name);
      return;
    }
    const auto path = NormalisePath(entry.name, limits);
    if (!path) {
      const bool leads_out = entry.name.starts_with('/') || entry.name.starts_with("../") ||
                             entry.name.find("/../") != std::string::npos;
      (leads_out ? found.outside : found.names).Add(entry.name);
      return;
    }
    const auto [at, is_new] = seen.emplace(FoldName(*path), *path);
    if (!is_new && !path->empty() && (entry.type != '5' || at->second != *path)) {
      found.alike.Add(entry.name);
    }
  };
  // What cannot be read has been refused for it before.
  (void)ForEachTarEntry(*stream, limits, look);
  return found;
}

std::string Many(const NameCount& names, std::string_view what) {
  if (names.count == 1) return fmt::format("{} {}", Quote(names.first), what);
  return fmt::format("{} and {} more: each {}", Quote(names.first), names.count - 1, what);
}

const char* UnpackedBy(Platform platform) {
  return platform == Platform::kKserve ? "storage initialisers differ by release in what they make "
                                         "of it"
                                       : "what an unpacker makes of it differs";
}

// Who unpacks for the platform refuses it, or does as it says: not known, and neither is good.
void Judge(const Oddities& found, const Target& target, PackagingFindings& out) {
  const Platform platform = target.platform;
  const bool sagemaker = IsSageMaker(platform);
  const auto verdict = sagemaker ? Verdict::kFail : Verdict::kRisk;
  if (found.links.count > 0) {
    const std::string what = fmt::format("is a link (to {})", Quote(found.target));
    CheckFinding& finding =
        out.Add(verdict, "WL-P-010",
                fmt::format("{}; {}", Many(found.links, what),
                            sagemaker ? "the host takes no links" : UnpackedBy(platform)),
                found.links.first);
    if (sagemaker) finding.message = ExtractionMessage();
    finding.adaptations = {"P4"};
    finding.source = "packaging rules of SageMaker hosting: no links in the archive";
  }
  const auto add = [&](const NameCount& names, std::string_view what) {
    if (names.count == 0) return;
    out.Add(Verdict::kRisk, "WL-P-011",
            fmt::format("{}; {}", Many(names, what), UnpackedBy(platform)), names.first)
        .adaptations = {"P1"};
  };
  add(found.outside, "leads out of the folder that it is unpacked to");
  add(found.names, "is no name that every system has");
  add(found.alike, "meets another entry, or one that differs in case only");
}

}  // namespace

bool IsPlatformsMatter(PackageKind kind, const Target& target, const Error& refusal) {
  if (!IsArchive(kind) || target.platform == Platform::kUnknown) return false;
  switch (refusal.code()) {
    case Code::kTruncated:
    case Code::kMalformed:
    case Code::kMismatch:
    case Code::kUnsupported:
      return true;
    default:
      return false;
  }
}

CheckReport ReportRefused(const std::string& path, PackageKind kind, const Target& target,
                          const Error& refusal, const Limits& limits) {
  CheckReport report;
  report.package.path = path;
  report.package.kind = kind;
  PackagingFindings out;
  if (const auto source = ByteSource::OpenFile(path, path)) {
    Judge(Look(*source, kind, limits), target, out);
  }
  report.findings = std::move(out).Take();
  if (report.findings.empty()) {
    // Damage: gzip and tar of every platform stop at a missing end, not at every oddity.
    const bool broken = refusal.code() == Code::kTruncated || refusal.code() == Code::kMismatch;
    PackagingFindings damage;
    CheckFinding& finding =
        damage.Add(broken && IsSageMaker(target.platform) ? Verdict::kFail : Verdict::kRisk,
                   "WL-P-012", fmt::format("the archive is not sound: {}", refusal.what()));
    if (finding.verdict == Verdict::kFail) finding.message = ExtractionMessage();
    finding.offset = refusal.offset();
    report.findings = std::move(damage).Take();
  }
  // The worst of it stands for the stages that nothing can be said of.
  CheckFinding worst = report.findings[0];
  for (const CheckFinding& finding : report.findings) {
    if (finding.verdict > worst.verdict) worst = finding;
  }
  worst.inherited = true;
  worst.message.clear();
  report.verdict = worst.verdict;
  for (size_t stage = 1; stage < kStages; ++stage) {
    worst.stage = static_cast<Stage>(stage);
    report.findings.push_back(worst);
  }
  report.stages = Outcomes(report.findings);
  return report;
}

}  // namespace weighlock
