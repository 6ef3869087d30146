// Adapt: choose the way through the package, carry the plan out, commit.
#include "weighlock/adapt.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapt/contradictions.h"
#include "adapt/disarm.h"
#include "adapt/execute.h"
#include "adapt/plan.h"
#include "adapt/refusals.h"
#include "base/escape.h"
#include "base/staging.h"
#include "base/threads.h"
#include "contract/container_requirements.h"

namespace weighlock {
namespace {

// A plan for nothing would make an empty package.
Status RefuseUnrecognised(const Package& package) {
  if (HasModelParts(package)) return {};
  return Error(Code::kUnrecognised, "nothing in it is known as part of a model", kNoOffset,
               package.path);
}

// Every byte of it, as of a folder anyway. What is called as no archive takes it may be left out by
// request, and is an error only where it is not.
Result<OpenedPackage> OpenInReach(const std::string& input, PackageKind kind,
                                  const std::string& output, const Limits& limits) {
  if (kind != PackageKind::kFolder) return OpenWhole(input, output, limits);
  return OpenPackage(input, limits, nullptr, Hold::kNothing, OddNames::kAreFindings);
}

// A destination that would be refused, before anything is read for it.
Status RefuseOutput(const std::string& output, const AdaptOptions& options) {
  if (options.disarm) WL_CHECKED(RefuseDisarmedOutput(output));
  WL_CHECKED(OutputKind(output));
  return RefuseTaken(output);
}

void Summarise(const OpenedPackage& opened, AdaptReport& report) {
  report.findings = opened.package.findings;
  report.input_bytes = 0;
  for (const Artefact& artefact : opened.package.artefacts) report.input_bytes += artefact.size;
}

// Whether tokenizer_config.json of a folder has its named chat templates now.
bool IsListedBeside(const std::string& folder, const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    return step.action == Action::kRewrite && step.output == folder + "tokenizer_config.json" &&
           step.reason.find("of additional_chat_templates") != std::string::npos;
  });
}

// What adapting leaves as it is, although the target makes something else of it.
void NoteUnmended(const PlanInputs& inputs, Plan& plan) {
  const RepairSituation situation{inputs.target, inputs.releases, inputs.peft};
  for (const Step& step : plan.steps) {
    if (step.action != Action::kKeep && step.action != Action::kRewrite) continue;
    const std::string& path = step.output;
    const std::string name = path.substr(path.rfind('/') + 1);
    const size_t named = path.find("additional_chat_templates/");
    if (named != path.npos && PassesOverNamedTemplates(situation) &&
        !IsListedBeside(path.substr(0, named), plan)) {
      plan.notes.push_back(
          fmt::format("{}: transformers before 4.52 does not look for named templates there; from "
                      "4.40 on it takes a list of them as chat_template of tokenizer_config.json",
                      Escape(path)));
    }
    const auto text = MayNeedRepair(name) ? inputs.content(path) : std::nullopt;
    if (!text) continue;
    for (const std::string& note : UnmendedBy(name, *text, situation)) {
      plan.notes.push_back(fmt::format("{}: {}", Escape(path), note));
    }
  }
}

// What is planned for, where the package installs something else over the target.
void NoteInstalled(const ContainerRequirements& container, Plan& plan) {
  for (const CheckFinding& finding : container.findings) plan.notes.push_back(finding.text);
}

}  // namespace

Result<Plan> PlanAdapt(const std::string& input, const Target& target, const AdaptOptions& options,
                       const std::string& output) {
  if (!output.empty()) WL_CHECKED(RefuseOutput(output, options));
  WL_TRY(const Knowledge knowledge, Knowledge::Read(options.knowledge, options.limits));
  WL_TRY(const OpenedPackage opened,
         OpenPackage(input, options.limits, nullptr, Hold::kDescriptions, OddNames::kAreFindings));
  if (!options.disarm) WL_CHECKED(RefuseUnrecognised(opened.package));
  WL_CHECKED(RefuseUnread(opened.package, options));
  WL_TRY(const Releases releases, Releases::Builtin());
  WL_TRY(const PeftReleases peft, PeftReleases::Builtin());
  const ContainerRequirements container = InstallRequirements(opened, target, releases);
  PlanInputs inputs{
      container.target, knowledge, releases, peft, options, ContentOf(opened, options.limits), {}};
  if (options.disarm) {
    WL_TRY(inputs.condemned, CondemnedArtefacts(input, options));
  }
  WL_TRY(Plan plan, MakePlan(opened.package, inputs));
  if (!plan.possible) return plan;
  WL_CHECKED(JudgeHandOver(opened, options, plan));
  WL_CHECKED(TryConversions(opened, plan, options.limits));
  NoteUnmended(inputs, plan);
  NoteInstalled(container, plan);
  NoteContradictions(opened, plan);
  return plan;
}

Result<AdaptReport> Adapt(const std::string& input, const std::string& output, const Target& target,
                          const AdaptOptions& options) {
  const unsigned threads = ThreadCount(options.threads);
  WL_TRY(const Knowledge knowledge, Knowledge::Read(options.knowledge, options.limits));
  WL_TRY(const PackageKind kind, KindOf(input));
  WL_TRY(const Releases releases, Releases::Builtin());
  WL_TRY(const PeftReleases peft, PeftReleases::Builtin());
  Target runs = target;  // what loads the result, once the package is known
  AdaptJob job{{runs, knowledge, releases, peft, options, {}, {}}, threads};
  WL_CHECKED(RefuseOutput(output, options));
  if (options.disarm) {
    WL_TRY(job.inputs.condemned, CondemnedArtefacts(input, options));
  } else if (kind == PackageKind::kTarGz) {
    WL_TRY(const auto sink, OpenSink(output, threads));
    AdaptReport report;
    WL_TRY(const bool done, ExecuteStreaming(input, job, *sink, report));
    if (done) {
      WL_TRY(report.output_bytes, sink->Commit());
      return report;
    }
  }
  // Nothing is staged before the package is listed, for it may be staged inside it.
  AdaptReport report;
  WL_TRY(const OpenedPackage opened, OpenInReach(input, kind, output, options.limits));
  if (!options.disarm) WL_CHECKED(RefuseUnrecognised(opened.package));
  WL_CHECKED(RefuseUnread(opened.package, options));
  Summarise(opened, report);
  const ContainerRequirements container = InstallRequirements(opened, target, releases);
  runs = container.target;
  WL_TRY(const auto sink, OpenSink(output, threads));
  WL_CHECKED(ExecutePlan(opened, job, *sink, report));
  if (!report.plan.refusals.empty()) return report;
  job.inputs.content = ContentOf(opened, options.limits);
  NoteUnmended(job.inputs, report.plan);
  NoteInstalled(container, report.plan);
  NoteContradictions(opened, report.plan);
  if (options.disarm) WL_CHECKED(ProveDisarmed(*sink, options));
  WL_TRY(report.output_bytes, sink->Commit());
  return report;
}

}  // namespace weighlock
