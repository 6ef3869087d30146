// One <testcase> a file, in the dialect that CI servers agree on.
#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "report/scan_report.h"

namespace weighlock {
namespace {

std::string Xml(std::string_view text) {
  std::string escaped = Escape(text);
  // U+FFFE and U+FFFF are UTF-8, but no XML.
  for (const char* no_character : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = 0; (at = escaped.find(no_character, at)) != std::string::npos;) {
      escaped.replace(at, 3, "?");
    }
  }
  std::string out;
  for (const char c : escaped) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// What a file has of findings that fail it: servers show one failure or error a test, so that all
// stand in the one, the worst in its message.
struct Outcome {
  bool is_failure = false;
  const ScanFinding* worst = nullptr;
  std::string lines;
};

std::string LineXml(const ScanFinding& finding) {
  const std::string offset =
      finding.offset == kNoOffset ? std::string() : fmt::format("+0x{:x}", finding.offset);
  return fmt::format("{} {} {}{}: {}\n", LevelName(finding.level), finding.rule, Xml(finding.path),
                     offset, Xml(finding.text));
}

std::string OutcomeXml(const Outcome& outcome) {
  const char* kind = outcome.is_failure ? "failure" : "error";
  return fmt::format(">\n      <{} type=\"{}\" message=\"{}\">{}</{}>\n    </testcase>\n", kind,
                     outcome.worst->rule, Xml(outcome.worst->text), outcome.lines, kind);
}

}  // namespace

std::string ScanJunit(const ScanReport& report, Level fail_on) {
  std::map<std::string_view, Outcome> outcomes;  // by path
  for (const ScanFinding& finding : report.findings) {
    const bool fails = finding.level >= fail_on;
    if (!finding.accepted.empty() || (!fails && finding.level != Level::kInconclusive)) continue;
    Outcome& outcome = outcomes[finding.path];
    if (outcome.worst == nullptr || (fails && !outcome.is_failure)) outcome.worst = &finding;
    outcome.is_failure = outcome.is_failure || fails;
    outcome.lines += LineXml(finding);
  }
  // Of archives with a name twice, both have what was found under it.
  std::string cases;
  size_t failures = 0, errors = 0;
  for (const ScannedFile& file : report.files) {
    const auto found = outcomes.find(file.path);
    cases +=
        fmt::format("    <testcase classname=\"{}\" name=\"{}\"", Xml(file.format), Xml(file.path));
    cases += found == outcomes.end() ? "/>\n" : OutcomeXml(found->second);
    if (found != outcomes.end()) ++(found->second.is_failure ? failures : errors);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"weighlock scan\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n"
      "{}  </testsuite>\n</testsuites>\n",
      report.files.size(), failures, errors, cases);
}

}  // namespace weighlock
