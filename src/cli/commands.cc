// The verbs over the library. All printing is here.
#include "cli/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "base/escape.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/staging.h"
#include "cli/progress_line.h"
#include "report/json.h"
#include "report/text.h"
#include "weighlock/adapt.h"
#include "weighlock/check.h"
#include "weighlock/contract.h"
#include "weighlock/metadata.h"
#include "weighlock/package.h"
#include "weighlock/unpack.h"

namespace weighlock {
namespace {

// convert --set-metadata without an output: the file itself is changed.
int RepairMetadata(const ConvertArguments& arguments) {
  if (arguments.options.metadata.empty()) {
    return Fail(Error(Code::kUsage, "convert wants an output, or --set-metadata alone"));
  }
  const std::map<std::string, std::string> metadata(arguments.options.metadata.begin(),
                                                    arguments.options.metadata.end());
  auto report = SetMetadata(arguments.input, metadata, arguments.options.limits);
  if (!report) return Fail(report.error());
  return Print(RepairText(arguments.input, *report), kExitOk);
}

// Whether what was found is at or above what fails the gate.
bool FailsGate(const CheckReport& report, const std::optional<Verdict>& fail_on,
               const std::optional<Contract>& contract) {
  if (fail_on) return report.verdict >= *fail_on;
  if (!contract) return report.verdict >= Verdict::kFail;
  return std::any_of(report.findings.begin(), report.findings.end(), [&](const CheckFinding& f) {
    return f.waived_until.empty() && contract->Fails(f.verdict);
  });
}

}  // namespace

Status WriteNew(const std::string& path, const std::string& text) {
  WL_TRY(StagedFile file, StagedFile::Create(path));
  WL_CHECKED(WriteExactly(file.file(), 0, AsBytes(text)));
  return std::move(file).Commit(Durability::kPowerCut);
}

// A full disk or a closed pipe behind standard output is a failure like any other.
int Print(const std::string& text, int code) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return code;
  }
  if (errno == EPIPE) return code;  // whoever read us has seen enough
  if (errno == EINTR && Interrupted()) {
    return Fail(Error(Code::kInterrupted, "stopped while writing", kNoOffset, "standard output"));
  }
  return Fail(SystemError(errno, "cannot write", "standard output"));
}

int Fail(const Error& error) {
  // The place is as it was given; names in what is said are escaped already, and once is enough.
  const std::string message = error.Message();
  const size_t place = error.where().size();
  std::string said = Escape(message.substr(0, place));
  for (size_t begin = place; begin <= message.size();) {
    const size_t end = std::min(message.find('\\', begin), message.size());
    said += Escape(message.substr(begin, end - begin));
    if (end < message.size()) said += '\\';
    begin = end + 1;
  }
  fmt::print(stderr, "weighlock: {}\n", said);
  switch (error.code()) {
    case Code::kUsage:
      return kExitUsage;
    case Code::kConflict:
      return kExitConflict;
    case Code::kUnrecognised:
      return kExitNothing;
    case Code::kInterrupted:
      return kExitTemporary;
    default:
      return kExitUnfinished;
  }
}

int RunInspect(const InspectArguments& arguments) {
  Progress* progress = nullptr;
  const ProgressLine line("inspecting", progress);
  auto package = Inspect(arguments.package, {}, progress);
  line.Stop();
  if (!package) return Fail(package.error());
  int code = FirstError(package->findings) != nullptr ? kExitUnfinished : kExitOk;
  if (code == kExitOk && !HasModelParts(*package)) code = kExitNothing;
  const int printed =
      Print(arguments.format == OutputFormat::kJson ? InventoryJson(*package)
                                                    : InventoryText(*package, {arguments.all}),
            code);
  if (printed == kExitNothing) {
    fmt::print(stderr, "weighlock: {}: nothing in it is known as part of a model\n",
               Escape(arguments.package));
  }
  return printed;
}

int RunConvert(const ConvertArguments& arguments) {
  if (arguments.output.empty()) return RepairMetadata(arguments);
  ConvertOptions options = arguments.options;
  const ProgressLine line("converting", options.progress);
  auto report = Convert(arguments.input, arguments.output, options);
  line.Stop();
  if (!report) return Fail(report.error());
  return Print(arguments.format == OutputFormat::kJson
                   ? ConversionJson(arguments.input, arguments.output, *report)
                   : ConversionText(arguments.input, arguments.output, *report, {arguments.all}),
               kExitOk);
}

namespace {

// A contract asks for more than a runtime.
void NoteContract(const GivenTarget& given, const std::string& output, Plan& plan) {
  if (!given.contract) return;
  plan.notes.push_back(
      fmt::format("of the contract only the runtime and what it forbids to be done were looked at; "
                  "weighlock check {} --target {} judges the "
                  "result by the rest",
                  output.empty() ? "OUTPUT" : Escape(output), Escape(given.contract->file)));
}

// No target was asked for: what is done is to leave nothing that could run.
Diagnosis NoDiagnosis() {
  Diagnosis none;
  none.text = "nothing in the result can run";
  return none;
}

// That of the work itself, for a dry run too.
int ExitOf(const Plan& plan) {
  if (!plan.possible) return kExitUnfinished;
  return plan.refusals.empty() ? kExitOk : kExitFindings;
}

}  // namespace

// What the target makes of what was written, but for what its platform makes of the form, which is
// pack's to give. Nothing where no target was named, or nothing was written; nor of an archive,
// whose unpacking would take more than half as long again as adapting it.
std::optional<CheckReport> CheckResult(const AdaptArguments& arguments, const Target& target,
                                       const AdaptReport& report) {
  if (arguments.target.empty() || !report.plan.refusals.empty()) return std::nullopt;
  if (!std::filesystem::is_directory(arguments.output)) return std::nullopt;
  CheckOptions options;
  options.knowledge = arguments.knowledge;
  auto result = Check(arguments.output, target, options);
  if (!result) return std::nullopt;
  std::erase_if(result->findings,
                [](const CheckFinding& finding) { return finding.stage == Stage::kPackaging; });
  result->verdict = Verdict::kOk;
  for (const CheckFinding& finding : result->findings) {
    result->verdict = std::max(result->verdict, finding.verdict);
  }
  return *std::move(result);
}

int RunAdapt(const AdaptArguments& arguments) {
  if (arguments.target.empty() && !arguments.disarm) {
    return Fail(Error(Code::kUsage, "adapt wants --target, or --disarm"));
  }
  // Whatever reads safetensors: that is what disarmed weights are.
  auto given = ReadTarget(arguments.target.empty() ? "transformers>=4.30" : arguments.target);
  if (!given) return Fail(given.error());
  const Target* target = &given->target;
  AdaptOptions options;
  options.keep_training_state = arguments.keep_training_state;
  options.no_pickle = arguments.no_pickle || arguments.disarm;
  options.disarm = arguments.disarm;
  options.keep_secrets = arguments.keep_secrets;
  options.follow_links = arguments.follow_links;
  options.allow_secrets = arguments.allow_secrets;
  options.rewrite = !arguments.target.empty();
  options.keep = arguments.keep;
  options.drop = arguments.drop;
  options.knowledge = arguments.knowledge;
  options.threads = arguments.threads;
  options.contract = given->contract ? &*given->contract : nullptr;
  const bool json = arguments.format == OutputFormat::kJson;
  if (arguments.output.empty() && !arguments.dry_run) {
    return Fail(Error(Code::kUsage, "adapt wants --output, or --dry-run to print the plan only"));
  }
  if (arguments.dry_run) {
    auto plan = PlanAdapt(arguments.package, *target, options, arguments.output);
    if (!plan) return Fail(plan.error());
    if (arguments.target.empty()) plan->diagnosis = NoDiagnosis();
    NoteContract(*given, arguments.output, *plan);
    return Print(json ? PlanJson(arguments.package, arguments.output, *target, *plan)
                      : PlanText(arguments.package, arguments.output, *target, *plan, false),
                 ExitOf(*plan));
  }
  const ProgressLine line("adapting", options.progress);
  auto report = Adapt(arguments.package, arguments.output, *target, options);
  line.Stop();
  if (!report) return Fail(report.error());
  if (arguments.target.empty()) report->plan.diagnosis = NoDiagnosis();
  NoteContract(*given, arguments.output, report->plan);
  const auto result = CheckResult(arguments, *target, *report);
  if (json) {
    return Print(AdaptationJson(arguments.package, arguments.output, *target, *report,
                                result ? &*result : nullptr),
                 ExitOf(report->plan));
  }
  std::string text = PlanText(arguments.package, arguments.output, *target, report->plan, true);
  if (report->plan.refusals.empty()) {
    text += AdaptationText(arguments.output, *report, {arguments.all});
  }
  if (result) text += ResultText(arguments.output, *result);
  return Print(text, ExitOf(report->plan));
}

int RunCheck(const CheckArguments& arguments) {
  auto given = ReadTarget(arguments.target);
  if (!given) return Fail(given.error());
  CheckOptions options;
  options.knowledge = arguments.knowledge;
  options.contract = given->contract ? &*given->contract : nullptr;
  const ProgressLine line("checking", options.progress);
  auto report = Check(arguments.package, given->target, options);
  line.Stop();
  if (!report) return Fail(report.error());
  // An archive in the package, or one that is refused, may hold the model: then that is the answer.
  const bool answered =
      std::any_of(report->findings.begin(), report->findings.end(),
                  [](const CheckFinding& f) { return f.rule.starts_with("WL-P-"); });
  if (!HasModelParts(report->package) && !answered) {
    return Fail(Error(Code::kUnrecognised, "nothing in it is known as part of a model", kNoOffset,
                      arguments.package));
  }
  return Print(arguments.format == OutputFormat::kJson
                   ? CheckJson(arguments.package, *given, *report)
                   : CheckText(arguments.package, *given, *report),
               FailsGate(*report, arguments.fail_on, given->contract) ? kExitFindings : kExitOk);
}

int RunDiff(const DiffArguments& arguments) {
  DiffOptions options = arguments.options;
  const ProgressLine line("comparing", options.progress);
  auto report = Diff(arguments.a, arguments.b, options);
  line.Stop();
  if (!report) return Fail(report.error());
  return Print(arguments.format == OutputFormat::kJson ? DiffJson(*report)
                                                       : DiffText(*report, {arguments.all}),
               report->same() ? kExitOk : kExitFindings);
}

int RunPack(const PackArguments& arguments) {
  PackOptions options = arguments.options;
  const ProgressLine line("packing", options.progress);
  auto report = arguments.dry_run ? PlanPack(arguments.folder, arguments.output, options)
                                  : Pack(arguments.folder, arguments.output, options);
  line.Stop();
  if (!report) return Fail(report.error());
  const auto render = arguments.format == OutputFormat::kJson ? PackJson : PackText;
  return Print(
      render(arguments.folder, arguments.output, options.layout, *report, !arguments.dry_run),
      report->refusals.empty() ? kExitOk : kExitFindings);
}

int RunUnpack(const UnpackArguments& arguments) {
  UnpackOptions options;
  options.into = arguments.into;
  options.strip_top = arguments.strip_top;
  const ProgressLine line("unpacking", options.progress);
  auto report = arguments.dry_run ? PlanUnpack(arguments.archive, arguments.folder, options)
                                  : Unpack(arguments.archive, arguments.folder, options);
  line.Stop();
  if (!report) return Fail(report.error());
  const auto render = arguments.format == OutputFormat::kJson ? UnpackJson : UnpackText;
  return Print(
      render(arguments.archive, arguments.folder, arguments.into, *report, !arguments.dry_run),
      report->collisions.empty() ? kExitOk : kExitConflict);
}

}  // namespace weighlock
