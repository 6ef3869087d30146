// One <testcase> a file, in the dialect that CI servers agree on.
#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "report/scan_report.h"

namespace weighlock {
namespace {

std::string Xml(std::string_view text) {
  std::string out;
  for (const char c : Escape(text)) {
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

std::string OutcomeXml(const char* kind, const ScanFinding& finding) {
  const std::string offset =
      finding.offset == kNoOffset ? std::string() : fmt::format("+0x{:x}", finding.offset);
  return fmt::format("      <{} type=\"{}\" message=\"{}\">{}{}</{}>\n", kind, finding.rule,
                     Xml(finding.text), Xml(finding.path), offset, kind);
}

}  // namespace

std::string ScanJunit(const ScanReport& report, Level fail_on) {
  std::map<std::string_view, std::string> outcomes;  // by path
  size_t failures = 0, errors = 0;
  for (const ScanFinding& finding : report.findings) {
    if (!finding.accepted.empty()) continue;
    if (finding.level >= fail_on) {
      ++failures;
      outcomes[finding.path] += OutcomeXml("failure", finding);
    } else if (finding.level == Level::kInconclusive) {
      ++errors;
      outcomes[finding.path] += OutcomeXml("error", finding);
    }
  }
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"weighlock scan\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
      report.files.size(), failures, errors);
  for (const ScannedFile& file : report.files) {
    const auto found = outcomes.find(file.path);
    out +=
        fmt::format("    <testcase classname=\"{}\" name=\"{}\"", Xml(file.format), Xml(file.path));
    out += found == outcomes.end() ? "/>\n" : ">\n" + found->second + "    </testcase>\n";
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace weighlock
