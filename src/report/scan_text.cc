// The verdict first, then each finding with its evidence, worst first.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/scan_report.h"

namespace weighlock {

std::string ScanText(const ScanReport& report) {
  std::string out =
      fmt::format("verdict   {}\ncoverage  {}\nfiles     {}\n", ScanVerdictName(report.verdict),
                  CoverageName(report.coverage), report.files.size());
  for (const ScanFinding& finding : report.findings) {
    out +=
        fmt::format("\n{}  {}  {}", LevelName(finding.level), finding.rule, Escape(finding.path));
    if (finding.offset != kNoOffset) out += fmt::format("+0x{:x}", finding.offset);
    out += fmt::format("\n    {}\n", finding.text);
  }
  return out;
}

}  // namespace weighlock
