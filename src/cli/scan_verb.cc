// weighlock scan: what is found decides the exit code, and evidence wins over doubt.
#include "cli/scan_verb.h"

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "report/scan_report.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

enum class ScanFormat : uint8_t { kText, kJson, kSarif, kJunit };

struct ScanArguments {
  std::vector<std::string> paths;
  ScanFormat format = ScanFormat::kText;
  Level fail_on = Level::kHigh;
  bool strict = false;
  bool all = false;

  Level threshold() const { return strict ? Level::kMedium : fail_on; }
};

std::string Render(const ScanReport& report, const ScanArguments& arguments) {
  switch (arguments.format) {
    case ScanFormat::kJson:
      return ScanJson(report);
    case ScanFormat::kSarif:
      return ScanSarif(report);
    case ScanFormat::kJunit:
      return ScanJunit(report, arguments.threshold());
    default:
      return ScanText(report, arguments.all);
  }
}

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
  return Print(Render(*report, arguments), ExitOf(*report, arguments.threshold()));
}

}  // namespace

void AddScan(CLI::App& app, int& code) {
  static ScanArguments arguments;
  CLI::App* verb = app.add_subcommand("scan", "Prove that a package is only data");
  verb->add_option("paths", arguments.paths, "Files, folders, archives")->required();
  AddChoice(*verb, "--format", arguments.format,
            {{"text", ScanFormat::kText},
             {"json", ScanFormat::kJson},
             {"sarif", ScanFormat::kSarif},
             {"junit", ScanFormat::kJunit}},
            "text (default), json, sarif (2.1.0, for code scanning) or junit");
  verb->add_flag("--all", arguments.all,
                 "List every finding and every name, however many there are");
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
