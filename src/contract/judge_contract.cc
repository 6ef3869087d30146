// The judges in the contract's order, and what is waived of what they and others found.
#include "contract/judge_contract.h"

#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "contract/contract_findings.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

// Of one rule; further files are counted, for the package may have a hundred thousand.
constexpr size_t kMostOfRule = 50;

std::string TopOf(const Package& package) {
  if (package.artefacts.empty()) return {};
  const std::string& first = package.artefacts[0].path;
  const size_t slash = first.find('/');
  if (slash == std::string::npos) return {};
  const std::string top = first.substr(0, slash + 1);
  for (const Artefact& artefact : package.artefacts) {
    if (!artefact.path.starts_with(top)) return {};
  }
  return top;
}

void KeepFew(std::vector<CheckFinding>& findings) {
  struct Seen {
    size_t count = 0, last = 0;
  };
  std::map<std::pair<std::string, bool>, Seen> seen;
  std::vector<CheckFinding> kept;
  for (CheckFinding& finding : findings) {
    Seen& rule = seen[{finding.rule, finding.waived_until.empty()}];
    if (++rule.count > kMostOfRule && finding.stage == Stage::kPackaging) continue;
    rule.last = kept.size();
    kept.push_back(std::move(finding));
  }
  for (const auto& [key, rule] : seen) {
    if (rule.count <= kMostOfRule || kept[rule.last].stage != Stage::kPackaging) continue;
    kept[rule.last].text += fmt::format("; and {} more of this rule", rule.count - kMostOfRule);
  }
  findings = std::move(kept);
}

CheckFinding Expired(const Contract& contract, const Waiver& waiver) {
  CheckFinding finding;
  finding.rule = "WL-H-030";
  finding.stage = Stage::kPackaging;
  finding.text = fmt::format("the waiver of {} in line {} of the contract ended on {}",
                             Escape(waiver.rule), waiver.line, waiver.until.Text());
  finding.source = fmt::format("contract {} {}", Escape(contract.id), Escape(contract.version));
  return finding;
}

}  // namespace

ContractFindings::ContractFindings(const Contract& asked, const OpenedPackage& package_opened,
                                   const Limits& most)
    : contract(asked), opened(package_opened), limits(most), top_(TopOf(package_opened.package)) {}

std::string ContractFindings::Inner(const Artefact& artefact) const {
  // A flat root is what the contract says where it says nothing.
  const bool strip = contract.root == "one-folder" || contract.root == "any";
  return strip ? artefact.path.substr(top_.size()) : artefact.path;
}

bool ContractFindings::IsWeights(const Artefact& artefact) {
  return artefact.role == Role::kWeights && artefact.model.has_value();
}

std::string ContractFindings::Text(size_t artefact) const {
  if (artefact >= opened.sources.size()) return {};
  const ByteSource& source = opened.sources[artefact];
  const auto bytes = source.Read(0, source.size());
  return bytes ? std::string(AsText(*bytes)) : std::string();
}

JsonValue ContractFindings::Json(size_t artefact) const {
  const std::string text = Text(artefact);
  auto json = ParseJson(AsBytes(text), limits, DuplicateKeys::kLastCounts);
  return json ? *std::move(json) : JsonValue();
}

void ContractFindings::Add(Verdict verdict, std::string rule, std::string text,
                           const std::string& path) {
  CheckFinding finding;
  finding.rule = std::move(rule);
  finding.verdict = verdict;
  finding.stage = Stage::kPackaging;
  finding.text = std::move(text);
  finding.path = path;
  finding.source = fmt::format("contract {} {}", Escape(contract.id), Escape(contract.version));
  findings_.push_back(std::move(finding));
}

std::vector<CheckFinding> JudgeContract(const Contract& contract, const OpenedPackage& opened,
                                        const Limits& limits) {
  ContractFindings out(contract, opened, limits);
  JudgeModelRules(out);
  JudgeRuntimeRules(out);
  JudgeFileRules(out);
  JudgePackageRules(out);
  JudgeLayoutRules(out);
  return out.Take();
}

void ApplyWaivers(const Contract& contract, const Date& today, std::vector<CheckFinding>& findings,
                  std::vector<std::string>& notes) {
  const size_t found = findings.size();
  for (const Waiver& waiver : contract.waivers) {
    if (waiver.until < today) {
      findings.push_back(Expired(contract, waiver));
      continue;
    }
    bool matched = false;
    for (size_t i = 0; i < found; ++i) {
      CheckFinding& finding = findings[i];
      if (finding.rule != waiver.rule) continue;
      if (!waiver.path.empty() && !NamePattern(waiver.path).Matches(finding.path)) continue;
      matched = true;
      finding.waived_until = waiver.until.Text();
      finding.waived_for = waiver.reason;
    }
    if (!matched) {
      notes.push_back(fmt::format("the waiver of {} in line {} of the contract accepts nothing",
                                  Escape(waiver.rule), waiver.line));
    }
  }
  KeepFew(findings);
}

}  // namespace weighlock
