// The stages put together: what fails early fails everything behind it.
#include <algorithm>

#include "check/adapter.h"
#include "check/config_values.h"
#include "check/odd_sizes.h"
#include "check/server_stages.h"
#include "check/situation.h"
#include "check/without_protobuf.h"

namespace weighlock {
namespace {

const CheckFinding* FirstFailure(const std::vector<CheckFinding>& findings, Stage stage) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const CheckFinding& f) {
    return f.stage == stage && f.verdict == Verdict::kFail;
  });
  return found == findings.end() ? nullptr : &*found;
}

// The failure of an earlier stage, as `stage` meets it. What else would be raised there is not.
void Inherit(std::vector<CheckFinding>& findings, const CheckFinding& failure, Stage stage) {
  for (CheckFinding& finding : findings) {
    if (finding.stage == stage) finding.message.clear();
  }
  CheckFinding inherited = failure;
  inherited.stage = stage;
  inherited.inherited = true;
  findings.insert(findings.begin(), std::move(inherited));
}

// Of two failures of a stage. A model is made before weights are put into it, and after that it is
// asked how it writes; what goes before tokenizer.json is opened before that.
bool IsMetFirst(const std::string& a, const std::string& b) {
  const bool is_put = b == "WL-W-030" || b == "WL-C-076" || b == "WL-C-077" || b == "WL-C-078",
             is_own = b == "WL-T-003";
  return (is_put && a != b) || (is_own && a == "WL-T-036") || (a == "WL-T-072" && b != a);
}

}  // namespace

CheckFinding MakeFinding(Stage stage, Verdict verdict, std::string rule, std::string text,
                         std::string path) {
  CheckFinding finding;
  finding.stage = stage;
  finding.verdict = verdict;
  finding.rule = std::move(rule);
  finding.text = std::move(text);
  finding.path = std::move(path);
  return finding;
}

std::vector<CheckFinding> Judge(const Situation& s) {
  std::vector<CheckFinding> findings;
  const auto take = [&](std::vector<CheckFinding> found) {
    for (CheckFinding& finding : found) findings.push_back(std::move(finding));
  };
  take(s.packaging != nullptr ? *s.packaging : JudgePackaging(s));
  const std::vector<CheckFinding> unfit = JudgeRequiredPackages(s);
  take(unfit);
  take(JudgeTokenizer(s));
  if (IsAdapter(s)) {
    take(JudgeAdapter(s));
  } else {
    take(JudgeConfig(s));
    take(JudgeWeights(s));
  }
  take(s.rules.Apply(s.target));
  HearOnlyOfRules(findings);
  if (!IsAdapter(s)) AddConfigValues(s, findings);
  HearOnlyOfProtobuf(s, findings);
  HearOnlyOfServer(s, findings);
  if (const CheckFinding* failure = FirstFailure(findings, Stage::kConfig)) {
    const CheckFinding config = *failure;
    // Without torch AutoModel says so before it reads anything.
    const CheckFinding* weights = FirstFailure(findings, Stage::kWeights);
    const bool no_torch = weights != nullptr && weights->rule == "WL-W-007";
    if (!no_torch || !unfit.empty()) Inherit(findings, config, Stage::kWeights);
    if (TokenizerMeets(s, config) || !unfit.empty()) Inherit(findings, config, Stage::kTokenizer);
  }
  if (const CheckFinding* failure = FirstFailure(findings, Stage::kWeights)) {
    CheckFinding weights = *failure;
    weights.message.clear();  // said before; nothing is run
    Inherit(findings, weights, Stage::kForward);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const CheckFinding& a, const CheckFinding& b) {
                     if (a.stage != b.stage) return a.stage < b.stage;
                     if (a.inherited != b.inherited) return a.inherited;
                     if (a.verdict != b.verdict) return a.verdict > b.verdict;
                     return IsMetFirst(a.rule, b.rule);
                   });
  return findings;
}

std::array<StageOutcome, kStages> Outcomes(const std::vector<CheckFinding>& findings) {
  std::array<StageOutcome, kStages> outcomes;
  for (const CheckFinding& finding : findings) {
    StageOutcome& outcome = outcomes[static_cast<size_t>(finding.stage)];
    if (finding.verdict == Verdict::kFail && outcome.message.empty())
      outcome.message = finding.message;
    outcome.verdict = std::max(outcome.verdict, finding.verdict);
    if (finding.inherited) outcome.reached = false;
  }
  return outcomes;
}

}  // namespace weighlock
