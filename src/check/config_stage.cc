// AutoConfig.from_pretrained: is there a configuration, and does the release know such a model.
#include <fmt/format.h>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {
namespace {

CheckFinding Failure(std::string rule, std::string text, std::string message, std::string path) {
  CheckFinding finding;
  finding.rule = std::move(rule);
  finding.stage = Stage::kConfig;
  finding.text = std::move(text);
  finding.message = std::move(message);
  finding.path = std::move(path);
  return finding;
}

CheckFinding Risk(std::string rule, std::string text, std::string path) {
  CheckFinding finding = Failure(std::move(rule), std::move(text), "", std::move(path));
  finding.verdict = Verdict::kRisk;
  return finding;
}

// Neither config.json nor anything that says why.
std::vector<CheckFinding> WithoutConfig(const Situation& s) {
  if (s.package().kind == PackageKind::kFile) {
    return {
        Risk("WL-C-005", "one file without its config.json: only its weights can be judged", "")};
  }
  return {Failure("WL-C-004", "there is no config.json", "", "")};
}

std::vector<CheckFinding> WithoutModelType(const Situation& s) {
  CheckFinding finding = Failure(
      "WL-C-003", "config.json names no model_type",
      s.base.knowledge.Message("missing_model_type", s.target, {{"{package}", s.package().path}}),
      s.files.config.path);
  finding.adaptations = {"C4"};
  finding.source = "configuration_auto.py of transformers 4.11.3, 4.37.2, 5.1.0, 5.2.0";
  if (!s.TransformersIs("<5.2.0")) return {finding};
  // Before 5.2 the folder's own name decides.
  finding.text += "; the target then looks for a model type in the name of the package's folder";
  return {finding};
}

}  // namespace

std::vector<CheckFinding> JudgeConfig(const Situation& s) {
  const JsonFile& config = s.files.config;
  if (!config.present) return WithoutConfig(s);
  if (!config.json) {
    return {Failure(
        "WL-C-002", "config.json cannot be read: " + config.broken,
        s.base.knowledge.Message("broken_config", s.target, {{"{package}", s.package().path}}),
        config.path)};
  }
  const std::string type = s.files.ConfigText("model_type");
  if (type.empty()) return WithoutModelType(s);
  const JsonValue* code = config.json->Find("auto_map");
  if (code != nullptr && code->Find("AutoConfig") != nullptr) {
    return {
        Risk("WL-C-007",
             "the package brings a configuration class of its own, which is code that the target "
             "must be told to trust (trust_remote_code)",
             config.path)};
  }
  if (s.transformers() == nullptr) {
    return {Risk("WL-C-009", "the target names no version of transformers", "")};
  }
  const Version& now = *s.transformers();
  switch (s.base.releases.KnowsModelType(type, now)) {
    case Tri::kYes:
      return {};
    case Tri::kUnknown:
      return {Risk("WL-C-008",
                   fmt::format("transformers {} is not in the knowledge base, which ends at {}",
                               now.text(), s.base.releases.through().text()),
                   config.path)};
    case Tri::kNo:
      break;
  }
  CheckFinding finding = Failure(
      "WL-C-001",
      fmt::format("transformers {} does not know the model type {}", now.text(), Quote(type)),
      s.base.knowledge.UnknownModelTypeMessage(s.target, type), config.path);
  finding.pointer = "/model_type";
  finding.offset = config.json->Find("model_type")->offset;
  finding.source = "the model types of each release, read from its wheel (kb/transformers.json)";
  return {finding};
}

}  // namespace weighlock
