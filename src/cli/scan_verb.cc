// weighlock scan: what is found decides the exit code, and evidence wins over doubt.
#include "cli/scan_verb.h"

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "report/scan_report.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

struct ScanArguments {
  std::vector<std::string> paths;
  OutputFormat format = OutputFormat::kText;
  Level fail_on = Level::kHigh;
  bool strict = false;
};

int ExitOf(const ScanReport& report, Level fail_on) {
  for (const ScanFinding& finding : report.findings) {
    if (finding.accepted.empty() && finding.level >= fail_on) return kExitFindings;
  }
  if (report.files.empty()) return kExitNothing;
  return report.coverage == Coverage::kComplete ? kExitOk : kExitUnfinished;
}

int RunScan(const ScanArguments& arguments) {
  ScanOptions options;
  const ProgressLine line("scanning", options.progress);
  const auto report = Scan(arguments.paths, options);
  line.Stop();
  if (!report) return Fail(report.error());
  const Level fail_on = arguments.strict ? Level::kMedium : arguments.fail_on;
  return Print(arguments.format == OutputFormat::kJson ? ScanJson(*report) : ScanText(*report),
               ExitOf(*report, fail_on));
}

}  // namespace

void AddScan(CLI::App& app, int& code) {
  static ScanArguments arguments;
  CLI::App* verb = app.add_subcommand("scan", "Prove that a package is only data");
  verb->add_option("paths", arguments.paths, "Files, folders, archives")->required();
  AddFormat(*verb, arguments.format);
  AddChoice(*verb, "--fail-on", arguments.fail_on,
            {{"critical", Level::kCritical},
             {"high", Level::kHigh},
             {"medium", Level::kMedium},
             {"low", Level::kLow}},
            "Exit with 1 at this level and at worse ones (default: high)");
  verb->add_flag("--strict", arguments.strict, "The same as --fail-on medium");
  verb->footer(
      "Exit code 0: clean, or below --fail-on; 1: at or above it; 2: something was not judged.\n"
      "Examples:\n  weighlock scan model/\n  weighlock scan model.tar.gz --format json");
  verb->callback([&code] { code = RunScan(arguments); });
}

}  // namespace weighlock
