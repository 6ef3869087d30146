// What the stages and the rules say of such a value comes first: they know more of its neighbours.
#include "check/config_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/generation_config.h"
#include "check/loaded_class.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

constexpr std::string_view kSizes = "WL-W-047";

struct OfStage {
  std::string_view word;
  Stage stage;
  const char* rule;
};

constexpr OfStage kStages[] = {{"base", Stage::kConfig, "WL-C-110"},
                               {"config", Stage::kConfig, "WL-C-111"},
                               {"weights", Stage::kWeights, "WL-W-190"},
                               {"forward", Stage::kForward, "WL-W-191"},
                               {"generation", Stage::kWeights, "WL-W-192"}};

CheckFinding FindingOf(const UseFault& fault, const JsonFile& file) {
  const auto* of = std::find_if(std::begin(kStages), std::end(kStages),
                                [&](const OfStage& row) { return row.word == fault.stage; });
  CheckFinding finding = MakeFinding(
      of->stage, Verdict::kFail, of->rule,
      fmt::format("{} is {}, {}", Escape(fault.key), Escape(PythonText(*fault.value)), fault.text),
      file.path);
  finding.pointer = "/" + fault.key;
  finding.offset = fault.value->offset;
  finding.message = fault.message;
  finding.source = fault.source;
  return finding;
}

// What is met only once a model was made: how its weights fit, and what it reads behind them.
// Before 4.0 a model was made before its weights were opened.
bool IsMetBehind(const Situation& s, std::string_view rule) {
  return rule == "WL-W-030" || rule == "WL-C-076" || rule == "WL-C-077" || rule == "WL-C-078" ||
         (rule == "WL-W-011" && s.TransformersIs("<4.0.0"));
}

// Whether something else is raised before, in an earlier stage or in the same one with words, or
// another rule says the same.
bool IsToldAlready(const Situation& s, const CheckFinding& own,
                   const std::vector<CheckFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [&](const CheckFinding& finding) {
    if (finding.verdict != Verdict::kFail || finding.stage == Stage::kTokenizer) return false;
    if (finding.stage != own.stage) {
      return finding.stage < own.stage && finding.stage != Stage::kPackaging;
    }
    if (own.rule == "WL-W-190" && IsMetBehind(s, finding.rule)) return false;
    if (own.message.empty()) return true;
    return !finding.message.empty() &&
           (finding.pointer != own.pointer || finding.message == own.message);
  });
}

// In front of what else is said of the same value, whose words hang on less.
void Add(const Situation& s, CheckFinding own, std::vector<CheckFinding>& findings) {
  if (IsToldAlready(s, own, findings)) return;
  for (CheckFinding& finding : findings) {
    if (own.rule == "WL-W-190" && IsMetBehind(s, finding.rule)) finding.message.clear();
  }
  findings.insert(findings.begin(), std::move(own));
}

void AddGenerationValues(const Situation& s, std::vector<CheckFinding>& findings) {
  constexpr std::string_view kName = "generation_config.json";
  const JsonFile& file = s.files.generation_config;
  if (file.get() == nullptr || !s.TransformersIs(">=4.26.0") || !CanWrite(s)) return;
  const UseReport report =
      s.base.config_uses.Report({*file.get(), kName, kName, LoadedArchitecture(s), s.target});
  if (!report.fault) return;
  Add(s, FindingOf(*report.fault, file), findings);
}

}  // namespace

void AddConfigValues(const Situation& s, std::vector<CheckFinding>& findings) {
  const ConfigUses& uses = s.base.config_uses;
  const JsonValue* config = s.files.config.get();
  if (config == nullptr || s.transformers() == nullptr) return;
  const std::string type = s.files.ConfigText("model_type");
  const std::string loaded = LoadedArchitecture(s);
  UseReport report = uses.Report({*config, "config.json", type, loaded, s.target});
  if (report.fault) Add(s, FindingOf(*report.fault, s.files.config), findings);
  if (report.fault || report.is_whole) {
    std::erase_if(findings, [](const CheckFinding& finding) {
      return finding.rule == kSizes && finding.verdict == Verdict::kRisk;
    });
  }
  AddGenerationValues(s, findings);
}

}  // namespace weighlock
