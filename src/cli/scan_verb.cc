// weighlock scan, weighlock allow: what is found decides the exit code, and evidence wins over
// doubt.
#include "cli/scan_verb.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/staging.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/progress_line.h"
#include "report/scan_report.h"
#include "weighlock/acceptance.h"
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
  std::string output, baseline, write_baseline, allow;

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

// Evidence first; then what was not judged, unless somebody has looked at it and accepted that.
int ExitOf(const ScanReport& report, Level fail_on) {
  bool unjudged = false, explained = false;
  for (const ScanFinding& finding : report.findings) {
    if (finding.accepted.empty() && finding.level >= fail_on) return kExitFindings;
    if (finding.level != Level::kInconclusive) continue;
    explained = true;
    unjudged = unjudged || finding.accepted.empty();
  }
  if (report.files.empty()) return kExitNothing;
  const bool partial = report.coverage != Coverage::kComplete && !explained;
  return unjudged || partial ? kExitUnfinished : kExitOk;
}

// Until a baseline or a proposed entry holds: long enough to ask the sender, and no longer.
constexpr int kDays = 90;

int WriteBaseline(const ScanReport& report, const ScanArguments& arguments, const Date& today) {
  const Date until = today.Plus(kDays);
  const Status written = WriteNew(arguments.write_baseline, BaselineJson(report, until));
  if (!written) return Fail(written.error());
  const auto accepted =
      std::count_if(report.findings.begin(), report.findings.end(), IsForBaseline);
  const auto critical =
      std::count_if(report.findings.begin(), report.findings.end(),
                    [](const ScanFinding& finding) { return finding.level == Level::kCritical; });
  std::string text = fmt::format("wrote {}: {} accepted until {}\n",
                                 Escape(arguments.write_baseline), accepted, until.Text());
  if (critical > 0)
    text += fmt::format("not in it: {} critical, which nothing accepts\n", critical);
  return Print(text, critical > 0 ? kExitFindings : kExitOk);
}

Result<ScanOptions> OptionsOf(const ScanArguments& arguments) {
  ScanOptions options;
  if (!arguments.allow.empty()) {
    WL_TRY(options.allow, ReadAllowList(arguments.allow));
  }
  if (!arguments.baseline.empty()) {
    WL_TRY(options.baseline, ReadBaseline(arguments.baseline));
  }
  // Before the work, so that none is done in vain.
  for (const std::string& output : {arguments.output, arguments.write_baseline}) {
    if (!output.empty()) WL_CHECKED(RefuseTaken(output));
  }
  return options;
}

int RunScan(const ScanArguments& arguments) {
  auto options = OptionsOf(arguments);
  if (!options) return Fail(options.error());
  const ProgressLine line("scanning", options->progress);
  const auto report = Scan(arguments.paths, *options);
  line.Stop();
  if (!report) return Fail(report.error());
  if (!arguments.write_baseline.empty()) {
    return WriteBaseline(*report, arguments, options->today);
  }
  const int code = ExitOf(*report, arguments.threshold());
  if (arguments.output.empty()) return Print(Render(*report, arguments), code);
  const Status written = WriteNew(arguments.output, Render(*report, arguments));
  if (!written) return Fail(written.error());
  return Print(fmt::format("wrote {}\n", Escape(arguments.output)), code);
}

struct AllowArguments {
  std::string from;
};

int RunAllow(const AllowArguments& arguments) {
  const auto report = Scan({arguments.from}, {});
  if (!report) return Fail(report.error());
  const std::string text = ProposeAllowList(*report, Date::Today().Plus(kDays));
  if (text.empty()) {
    return Fail(Error(Code::kUnrecognised, "no name in it is unknown: there is nothing to allow",
                      kNoOffset, arguments.from));
  }
  return Print(text, kExitOk);
}

}  // namespace

void AddScan(CLI::App& app, int& code) {
  static ScanArguments arguments;
  CLI::App* verb = app.add_subcommand("scan", "Prove that a package is only data");
  verb->add_option("paths", arguments.paths, "Files, folders, archives")
      ->required()
      ->check(NoStandardInput());
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
             {"low", Level::kLow},
             {"info", Level::kInfo},
             {"inconclusive", Level::kInconclusive}},
            "Exit with 1 at this level and at worse ones (default: high); inconclusive: at any\n"
            "finding, also where something was not judged, which is 2 else");
  verb->add_flag("--strict", arguments.strict, "The same as --fail-on medium");
  verb->add_option("--allow", arguments.allow,
                   "Names that pickles may have besides, a file as weighlock allow writes it")
      ->type_name("FILE");
  verb->add_option("--baseline", arguments.baseline,
                   "Findings that were looked at and count for nothing, as --write-baseline has it")
      ->type_name("FILE");
  verb->add_option("--write-baseline", arguments.write_baseline,
                   "Write the present findings, but for critical ones, as a new baseline")
      ->check(NoStandardOutput())
      ->type_name("FILE");
  verb->add_option("-o,--output", arguments.output, "Write the report to a new file")
      ->check(NoStandardOutput())
      ->type_name("FILE");
  verb->footer(
      "Exit code 0: clean, or below --fail-on; 1: at or above it; 2: something was not judged.\n"
      "Examples:\n  weighlock scan model/\n  weighlock scan model.tar.gz --format json\n"
      "  weighlock scan models/ --baseline accepted.json --format sarif -o scan.sarif");
  verb->callback([&code] { code = RunScan(arguments); });
}

void AddAllow(CLI::App& app, int& code) {
  static AllowArguments arguments;
  CLI::App* verb = app.add_subcommand("allow", "Propose entries of an allow-list for scan");
  verb->add_option("--from", arguments.from,
                   "A file, folder or archive with names that scan does\n"
                   "not know")
      ->required()
      ->check(NoStandardInput())
      ->type_name("PATH");
  verb->footer(
      "Each entry wants a reason before scan takes it; what is dangerous is never proposed.\n"
      "Example:\n  weighlock allow --from model.bin > allow.toml");
  verb->callback([&code] { code = RunAllow(arguments); });
}

}  // namespace weighlock
