// The verdict first; then the findings by rule, worst first, each with its places; then who would
// load what, and the names that pickles have. Why a rule matters is said once.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/escape.h"
#include "report/scan_report.h"
#include "report/text.h"

namespace weighlock {
namespace {

constexpr std::array kWorstFirst = {Level::kCritical, Level::kHigh, Level::kInconclusive,
                                    Level::kMedium,   Level::kLow,  Level::kInfo};
constexpr size_t kMostPlaces = 10;  // of one rule
constexpr size_t kMostLoaders = 3;  // files whose loaders are listed
constexpr size_t kMostNames = 20;   // of pickles

// "1 critical, 2 low; 3 accepted".
std::string CountsText(const ScanReport& report) {
  std::map<Level, size_t> counts;
  size_t accepted = 0;
  for (const ScanFinding& finding : report.findings) {
    ++(finding.accepted.empty() ? counts[finding.level] : accepted);
  }
  std::string out;
  for (const Level level : kWorstFirst) {
    if (counts[level] == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", counts[level], LevelName(level));
  }
  if (out.empty()) out = "none";
  return accepted == 0 ? out : fmt::format("{}; {} accepted", out, accepted);
}

// Where something was not judged, nothing bad in the rest is no verdict.
std::string_view VerdictText(const ScanReport& report) {
  const bool unknown =
      report.verdict == ScanVerdict::kDataOnly && report.coverage != Coverage::kComplete;
  return unknown ? "inconclusive" : ScanVerdictName(report.verdict);
}

std::string PlaceText(const ScanFinding& finding) {
  std::string out = Escape(finding.path);
  if (finding.offset != kNoOffset) out += fmt::format("+0x{:x}", finding.offset);
  const bool elsewhere =
      finding.outer_offset != kNoOffset && finding.outer_offset != finding.offset;
  if (elsewhere) out += fmt::format(" (0x{:x} of the file)", finding.outer_offset);
  return out;
}

std::string EvidenceText(const PickleEvidence& evidence) {
  std::string out = fmt::format("{}, opcode {} of pickle {}", evidence.opcode,
                                evidence.opcode_index, evidence.stream);
  if (!evidence.object_path.empty()) out += fmt::format(", at {}", evidence.object_path);
  if (evidence.resolved != evidence.import) out += fmt::format("; as {}", evidence.resolved);
  if (!evidence.operands.empty()) out += fmt::format("; {}", evidence.operands);
  return out;
}

std::string FindingText(const ScanFinding& finding) {
  std::string out = fmt::format("    {}\n      {}\n", PlaceText(finding), finding.text);
  if (finding.pickle) out += fmt::format("      {}\n", EvidenceText(*finding.pickle));
  if (!finding.accepted.empty())
    out += fmt::format("      accepted: {}\n", Escape(finding.accepted));
  return out;
}

// What was accepted is only counted.
bool IsHidden(const ScanFinding& finding, bool all) {
  return !all && !finding.accepted.empty();
}

// Findings of one rule and level stand together; they are sorted so already but for the rule.
std::string FindingsByRule(const ScanReport& report, bool all) {
  std::string out;
  std::vector<bool> done(report.findings.size(), false);
  for (size_t i = 0; i < report.findings.size(); ++i) {
    if (done[i] || IsHidden(report.findings[i], all)) continue;
    const ScanFinding& first = report.findings[i];
    const ScanRule* rule = FindScanRule(first.rule);
    out += fmt::format("\n{}  {}  {}\n", LevelName(first.level), rule->id, rule->title);
    size_t places = 0;
    for (size_t j = i; j < report.findings.size(); ++j) {
      const ScanFinding& each = report.findings[j];
      if (done[j] || IsHidden(each, all) || each.rule != first.rule || each.level != first.level)
        continue;
      done[j] = true;
      if (++places <= kMostPlaces || all) out += FindingText(each);
    }
    if (places > kMostPlaces && !all) {
      out += fmt::format("    ... and {} more (--all lists them)\n", places - kMostPlaces);
    }
    out += fmt::format("    why      {}\n    instead  {}\n", rule->why, rule->instead);
  }
  return out;
}

std::string LoadersText(const ScanReport& report, bool all) {
  std::string out;
  size_t shown = 0, left_out = 0;
  for (const ScannedFile& file : report.files) {
    const bool loads = std::all_of(file.loaders.begin(), file.loaders.end(),
                                   [](const LoaderAnswer& a) { return a.answer == "loads"; });
    if (file.loaders.empty() || (loads && !all)) continue;
    if (shown == kMostLoaders && !all) {
      ++left_out;
      continue;
    }
    ++shown;
    out += fmt::format("  {}\n", Escape(file.path));
    for (const LoaderAnswer& answer : file.loaders) {
      out += fmt::format("    {}: {}{}{}\n", answer.loader, answer.answer,
                         answer.why.empty() ? "" : ", ", answer.why);
      if (answer.needs.empty()) continue;
      std::string names;
      for (const std::string& name : answer.needs) names += (names.empty() ? "" : ", ") + name;
      out += fmt::format("      add_safe_globals would have to be given {}\n", names);
    }
  }
  if (left_out > 0) out += fmt::format("  ... and {} more (--all lists them)\n", left_out);
  return out.empty() ? out : "\nWho would load it\n" + out;
}

std::string NamesText(const ScanReport& report, bool all) {
  std::map<std::string, std::pair<std::string, uint64_t>> names;  // name -> standing, count
  for (const ScannedFile& file : report.files) {
    for (const GlobalUse& use : file.globals) {
      auto& [standing, count] = names[fmt::format("{}.{}", Escape(use.module), Escape(use.name))];
      standing = use.standing;
      count += use.count;
    }
  }
  if (names.empty()) return {};
  std::string out = fmt::format("\nNames in pickles: {}\n", names.size());
  size_t shown = 0;
  for (const auto& [name, use] : names) {
    if (++shown > kMostNames && !all) continue;
    out += fmt::format("  {:<9}  {}\n", use.first, name);
  }
  if (shown > kMostNames && !all) out += MoreOf(shown, kMostNames);
  return out;
}

}  // namespace

std::string ScanText(const ScanReport& report, bool all) {
  if (report.files.empty()) return "Nothing to judge: there is no file in it.\n";
  std::string out =
      fmt::format("verdict   {}\ncoverage  {}\nscanned   {} file{}, {}\n", VerdictText(report),
                  CoverageName(report.coverage), report.files.size(),
                  report.files.size() == 1 ? "" : "s", SizeText(report.bytes));
  if (!report.findings.empty()) out += fmt::format("findings  {}\n", CountsText(report));
  out += FindingsByRule(report, all);
  out += LoadersText(report, all);
  out += NamesText(report, all);
  if (!report.notes.empty()) out += "\n";
  for (const std::string& note : report.notes) out += fmt::format("note: {}\n", note);
  if (!report.clean()) return out;
  const bool accepted = std::any_of(report.findings.begin(), report.findings.end(),
                                    [](const ScanFinding& f) { return !f.accepted.empty(); });
  return out + (accepted ? "\nClean, but for what was accepted.\n"
                         : "\nClean: every byte of it is data.\n");
}

std::string ScanRuleText(const ScanRule& rule) {
  return fmt::format("{}  {}\nlevel    {}, {}\n\nwhy      {}\ninstead  {}\n{}", rule.id, rule.title,
                     LevelName(rule.level), ScanVerdictName(rule.verdict), rule.why, rule.instead,
                     rule.cwe.empty() ? "" : fmt::format("see      {}\n", rule.cwe));
}

std::string PickleWindowText(const PickleWindow& window) {
  std::string out = fmt::format("{}, pickle {}\n\n", Escape(window.path), window.stream);
  for (size_t i = 0; i < window.rows.size(); ++i) {
    const PickleWindow::Row& row = window.rows[i];
    std::string line = fmt::format("{} {:>8} {:>6}  {}", i == window.marked ? "->" : "  ",
                                   fmt::format("0x{:x}", row.offset), row.index, row.opcode);
    if (!row.argument.empty()) line += " " + row.argument;
    if (!row.note.empty()) line += "  (" + row.note + ")";
    out += line + "\n";
    for (const std::string& finding : row.findings) out += fmt::format("{:21}{}\n", "", finding);
  }
  return out;
}

}  // namespace weighlock
