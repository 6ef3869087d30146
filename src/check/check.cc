// Check: open the package once, judge it, and say what would help.
#include "weighlock/check.h"

#include <algorithm>

#include "check/container_requirements.h"
#include "check/parameter_match.h"
#include "check/refused_archive.h"
#include "check/release_range.h"
#include "check/situation.h"
#include "contract/judge_contract.h"

namespace weighlock {
namespace {

Result<Base> ReadBase(const std::string& knowledge_path, const Limits& limits) {
  WL_TRY(Knowledge knowledge, Knowledge::Read(knowledge_path, limits));
  WL_TRY(Releases releases, Releases::Builtin());
  WL_TRY(LibraryAnswers tokenizers, LibraryAnswers::Tokenizers());
  WL_TRY(LibraryAnswers safetensors, LibraryAnswers::Safetensors());
  Rules rules = Rules::Builtin();
  WL_TRY(Families families, Families::Builtin());
  WL_TRY(ConfigTypes config_types, ConfigTypes::Builtin());
  WL_TRY(ConfigUses config_uses, ConfigUses::Builtin());
  WL_TRY(PeftReleases peft, PeftReleases::Builtin());
  WL_TRY(Vocabularies vocabularies, Vocabularies::Builtin());
  return Base{std::move(knowledge),    std::move(releases),    std::move(tokenizers),
              std::move(safetensors),  std::move(rules),       std::move(families),
              std::move(config_types), std::move(config_uses), std::move(peft),
              std::move(vocabularies)};
}

// Takes out of what could be done what the contract does not let be done.
void KeepAllowed(const Contract& contract, const Target& target, CheckReport& report) {
  for (CheckFinding& finding : report.findings) {
    std::erase_if(finding.adaptations, [&](const std::string& adaptation) {
      const std::string by = contract.Forbids(adaptation);
      if (!by.empty()) finding.forbidden.emplace_back(adaptation, by);
      return !by.empty();
    });
  }
  CheckAdvice& advice = report.advice;
  std::vector<Removal> changes = advice.others;
  if (!advice.transformers.empty()) changes.push_back({"transformers", advice.transformers});
  for (const auto& [component, text] : changes) {
    const auto version = Version::Parse(text);
    const Component* own = target.Find(component);
    if (!version || (own != nullptr && own->version && own->version->Compare(*version) == 0)) {
      continue;
    }
    const std::string why = contract.WhyNotBecome(component, *version);
    if (!why.empty()) advice.not_allowed.push_back(component + " " + text + ": " + why);
  }
}

// Adds what the contract asks, and takes out of the verdicts what it waives.
void HoldToContract(const Contract& contract, const OpenedPackage& opened, const Limits& limits,
                    CheckReport& report) {
  std::vector<CheckFinding> found = JudgeContract(contract, opened, limits);
  auto& findings = report.findings;
  findings.insert(findings.begin(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
  ApplyWaivers(contract, Date::Today(), findings, report.notes);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const CheckFinding& a, const CheckFinding& b) { return a.stage < b.stage; });
  std::vector<CheckFinding> counted;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(counted),
               [](const CheckFinding& f) { return f.waived_until.empty(); });
  const auto outcomes = Outcomes(counted);
  const auto packaging = static_cast<size_t>(Stage::kPackaging);
  if (counted.size() < findings.size()) {
    report.stages = outcomes;
  } else {
    report.stages[packaging] = outcomes[packaging];
  }
}

}  // namespace

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kPackaging:
      return "packaging";
    case Stage::kConfig:
      return "config";
    case Stage::kTokenizer:
      return "tokenizer";
    case Stage::kWeights:
      return "weights";
    case Stage::kForward:
      return "forward";
  }
  return {};
}

Result<CheckReport> Check(const std::string& path, const Target& target,
                          const CheckOptions& options) {
  WL_TRY(const Base base, ReadBase(options.knowledge, options.limits));
  auto read = OpenPackage(path, options.limits, options.progress, Hold::kDescriptions);
  if (!read) {
    WL_TRY(const PackageKind kind, KindOf(path));
    if (!IsPlatformsMatter(kind, target, read.error())) return std::move(read).error();
    CheckReport refused = ReportRefused(path, kind, target, read.error(), options.limits);
    refused.base = base.releases.through().text();
    return refused;
  }
  OpenedPackage opened = *std::move(read);
  // What the system does not let us read may be all right: nothing is said of it.
  for (const Finding& finding : opened.package.findings) {
    if (finding.severity == Severity::kError && finding.code == Code::kIo) return AsError(finding);
  }
  const ModelFiles files = ReadModelFiles(opened, options.limits);
  ModelMatches matches(opened.package, base.families, files.config.get());
  const PackageRules rules =
      base.rules.Of({files.config.get(), files.tokenizer_config.get(), files.names, path});
  const ContainerRequirements container = InstallRequirements(opened, target, base.releases);
  Situation situation{opened, files, base, container.target, matches, rules};
  std::vector<CheckFinding> packaging = JudgePackaging(situation);
  packaging.insert(packaging.end(), container.findings.begin(), container.findings.end());
  situation.packaging = &packaging;
  situation.trusts_code =
      options.contract != nullptr && options.contract->trust_remote_code == true;
  CheckReport report;
  Judgement judgement = JudgeAll(situation);
  report.findings = std::move(judgement.findings);
  report.stages = std::move(judgement.stages);
  report.advice = std::move(judgement.advice);
  report.advice.set_by = container.sets_transformers_in;
  if (options.contract != nullptr) {
    HoldToContract(*options.contract, opened, options.limits, report);
    KeepAllowed(*options.contract, target, report);
  }
  for (const StageOutcome& stage : report.stages) {
    report.verdict = std::max(report.verdict, stage.verdict);
  }
  report.base = base.releases.through().text();
  report.package = std::move(opened.package);
  return report;
}

}  // namespace weighlock
