// Check: open the package once, judge it, and say what would help.
#include "weighlock/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>

#include "base/escape.h"
#include "check/parameter_match.h"
#include "check/refused_archive.h"
#include "check/release_range.h"
#include "check/situation.h"
#include "contract/container_requirements.h"
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
void KeepAllowed(const Contract& contract, CheckReport& report) {
  for (CheckFinding& finding : report.findings) {
    std::erase_if(finding.adaptations, [&](const std::string& adaptation) {
      const std::string by = contract.Forbids(adaptation);
      if (!by.empty()) finding.forbidden.emplace_back(adaptation, by);
      return !by.empty();
    });
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

// KServe's storage initialiser unpacks what it downloads where that is one file of such a name: the
// only file of a folder, too.
std::string OnlyArchive(const Package& package, const Target& target) {
  if (target.platform != Platform::kKserve || package.kind != PackageKind::kFolder ||
      package.artefacts.size() != 1) {
    return {};
  }
  const std::string& name = package.artefacts[0].path;
  const bool unpacked = name.ends_with(".tar") || name.ends_with(".tar.gz") ||
                        name.ends_with(".tgz") || name.ends_with(".zip");
  return unpacked ? name : std::string();
}

CheckReport JudgeOpened(const Base& base, const OpenedPackage& opened, const ModelFiles& files,
                        const Target& target, const CheckOptions& options) {
  ModelMatches matches(opened.package, base.families, files.config.get());
  const PackageRules rules = base.rules.Of(
      {files.config.get(), files.tokenizer_config.get(), files.names, opened.package.path});
  const ContainerRequirements container = InstallRequirements(opened, target, base.releases);
  Situation situation{opened, files, base, container.target, matches, rules};
  std::vector<CheckFinding> packaging = JudgePackaging(situation);
  packaging.insert(packaging.end(), container.findings.begin(), container.findings.end());
  situation.packaging = &packaging;
  situation.trusts_code =
      options.contract != nullptr && options.contract->trust_remote_code == true;
  situation.contract = options.contract;
  CheckReport report;
  Judgement judgement = JudgeAll(situation);
  report.findings = std::move(judgement.findings);
  report.stages = std::move(judgement.stages);
  report.advice = std::move(judgement.advice);
  report.advice.set_by = container.sets_transformers_in;
  if (options.contract != nullptr) {
    HoldToContract(*options.contract, opened, options.limits, report);
    KeepAllowed(*options.contract, report);
  }
  for (const StageOutcome& stage : report.stages) {
    report.verdict = std::max(report.verdict, stage.verdict);
  }
  report.base = base.releases.through().text();
  return report;
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
  // Which asks nothing of the package, and takes as long as to open it.
  auto reading = std::async(std::launch::async | std::launch::deferred, ReadBase,
                            std::cref(options.knowledge), std::cref(options.limits));
  auto read = OpenPackage(path, options.limits, options.progress, Hold::kDescriptions);
  if (!read) {
    WL_TRY(const PackageKind kind, KindOf(path));
    if (!IsPlatformsMatter(kind, target, read.error())) return std::move(read).error();
    CheckReport refused = ReportRefused(path, kind, target, read.error(), options.limits);
    WL_TRY(const Base base, reading.get());
    refused.base = base.releases.through().text();
    return refused;
  }
  OpenedPackage opened = *std::move(read);
  // What the system does not let us read may be all right: nothing is said of it.
  for (const Finding& finding : opened.package.findings) {
    if (finding.severity == Severity::kError && finding.code == Code::kIo) return AsError(finding);
  }
  if (const std::string only = OnlyArchive(opened.package, target); !only.empty()) {
    WL_TRY(CheckReport report, Check(path + "/" + only, target, options));
    report.notes.push_back(
        fmt::format("the storage initialiser unpacks {}, the only file of the folder, which was "
                    "judged in the folder's place",
                    Escape(only)));
    return report;
  }
  const ModelFiles files = ReadModelFiles(opened, options.limits);
  WL_TRY(const Base base, reading.get());
  CheckReport report = JudgeOpened(base, opened, files, target, options);
  report.package = std::move(opened.package);
  return report;
}

}  // namespace weighlock
