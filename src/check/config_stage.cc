// AutoConfig.from_pretrained: is there a configuration, and does the release know such a model.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "check/longrope.h"
#include "check/situation.h"
#include "check/untrusted_code.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

CheckFinding Failure(std::string rule, std::string text, std::string message, std::string path) {
  CheckFinding finding = MakeFinding(Stage::kConfig, Verdict::kFail, std::move(rule),
                                     std::move(text), std::move(path));
  finding.message = std::move(message);
  return finding;
}

CheckFinding Risk(std::string rule, std::string text, std::string path) {
  CheckFinding finding = Failure(std::move(rule), std::move(text), "", std::move(path));
  finding.verdict = Verdict::kRisk;
  return finding;
}

// Without a model_type, releases before 5.2 look for one in the path of the package.
std::vector<CheckFinding> WithoutModelType(const Situation& s, std::string rule, std::string text) {
  CheckFinding finding = Failure(
      std::move(rule), std::move(text),
      s.base.knowledge.Message("missing_model_type", s.target, {{"{package}", s.package().path}}),
      s.files.config.present ? s.files.config.path : "");
  if (s.files.config.present) finding.adaptations = {"C4"};
  finding.source = "configuration_auto.py of transformers 4.11.3, 4.37.2, 5.1.0, 5.2.0";
  if (!s.TransformersIs("<5.2.0")) return {finding};
  const std::string type = s.base.releases.ModelTypeIn(s.package().path, *s.transformers());
  if (s.package().kind != PackageKind::kFolder) {
    finding.verdict = Verdict::kRisk;
    finding.message.clear();
    finding.text += "; the name of the folder into which it is unpacked decides";
  } else if (!type.empty()) {
    finding.verdict = Verdict::kOk;
    finding.message.clear();
    finding.text +=
        fmt::format("; it loads as {} because its path says so, and not elsewhere", Quote(type));
  }
  return {finding};
}

// A config.json further down, which is not looked for.
std::string ConfigBelow(const Situation& s) {
  for (const Artefact& artefact : s.package().artefacts) {
    if (artefact.path.ends_with("/config.json")) return artefact.path;
  }
  return {};
}

// Neither config.json nor anything that says why.
std::vector<CheckFinding> WithoutConfig(const Situation& s) {
  if (s.package().kind == PackageKind::kFile) {
    return {
        Risk("WL-C-005", "one file without its config.json: only its weights can be judged", "")};
  }
  std::string text = "there is no config.json";
  if (const std::string below = ConfigBelow(s); !below.empty()) {
    text += " at the top of the package, only " + Escape(below);
  }
  // From 4.45 on a file that is not there is an empty configuration.
  if (s.TransformersIs(">=4.45.0")) return WithoutModelType(s, "WL-C-004", std::move(text));
  CheckFinding finding = Failure(
      "WL-C-004", std::move(text),
      s.base.knowledge.Message("missing_config", s.target, {{"{package}", s.package().path}}), "");
  finding.source = "configuration_utils.py and hub.py of each minor release from 4.0 to 4.57";
  return {finding};
}

// Code that a package brings must be trusted before it is run; before 4.30 even where the release
// has the class itself.
std::vector<CheckFinding> OwnCode(const Situation& s, bool is_known) {
  if (s.trusts_code) {
    CheckFinding finding = Risk(
        "WL-C-007",
        "the package brings a configuration class of its own, which the target is told to trust: "
        "what that code does is not judged",
        s.files.config.path);
    finding.pointer = "/auto_map/AutoConfig";
    return {finding};
  }
  if (is_known && !s.TransformersIs(">=4.13.0,<4.30.0")) return {};
  std::string message =
      UntrustedCodeMessage(s, s.files.config, "AutoConfig", "untrusted_configuration");
  CheckFinding finding = Failure(
      "WL-C-007",
      "the package brings a configuration class of its own, which is code that the target must be "
      "told to trust (trust_remote_code)",
      std::move(message), s.files.config.path);
  if (finding.message.empty()) finding.verdict = Verdict::kRisk;
  finding.pointer = "/auto_map/AutoConfig";
  finding.source =
      "configuration_auto.py and dynamic_module_utils.py of each release from 4.12 to 5.24";
  return {finding};
}

// From 5.4 on every value must have its field's type: 0 is no float, "32" no integer.
std::vector<CheckFinding> Mistyped(const Situation& s, const std::string& type) {
  const JsonValue& config = *s.files.config.json;
  if (!s.TransformersIs(">=5.4.0")) return {};
  const auto fault = s.base.config_types.FirstFault(
      s.base.releases.ConfigClassOf(type, *s.transformers()), config, *s.transformers());
  if (!fault) return {};
  CheckFinding finding = Failure(
      "WL-C-016",
      fmt::format("the target wants {} to be {}", Escape(fault->key), Escape(fault->wanted)),
      fault->message, s.files.config.path);
  finding.pointer = "/" + fault->key;
  finding.offset = config.Find(fault->key)->offset;
  finding.adaptations = {"C3"};
  finding.source = "the annotations of each configuration class (kb/config_types.json)";
  return {finding};
}

// A model_type that is no text, which is looked up all the same.
CheckFinding OddModelType(const Situation& s, const JsonValue& type) {
  const std::string text = PythonText(type);
  CheckFinding finding = Failure("WL-C-001", "model_type is no text, but " + Escape(text),
                                 s.TransformersIs("<4.37.0")
                                     ? "KeyError: " + text
                                     : s.base.knowledge.UnknownModelTypeMessage(s.target, text),
                                 s.files.config.path);
  if (type.Is(JsonValue::Kind::kArray) || type.Is(JsonValue::Kind::kObject)) {
    finding.message = fmt::format("TypeError: unhashable type: '{}'", PythonClass(type));
  }
  finding.pointer = "/model_type";
  finding.offset = type.offset;
  finding.source =
      "configuration_auto.py; tried in transformers 4.11.3, 4.22.2, 4.28.1, 4.57.1, 5.23.0";
  return finding;
}

// JSON, and no object: a model_type is looked for in it.
std::string NoConfigObject(const Situation& s, const JsonFile& config) {
  const std::string_view is = config.python_class;
  if (std::string noted = WhereCommitIsNoted(s, is); !noted.empty()) return noted;
  if (is != "list" && is != "str") {
    return fmt::format("TypeError: argument of type '{}' is not iterable", is);
  }
  return s.base.knowledge.Message("missing_model_type", s.target,
                                  {{"{package}", s.package().path}});
}

// What TEI reads itself: a closed list of model types, of which the first were in every release.
std::vector<CheckFinding> JudgeTypeOfTei(const Situation& s) {
  constexpr std::array<std::string_view, 4> kAlways = {"bert", "camembert", "roberta",
                                                       "xlm-roberta"};
  constexpr std::array<std::string_view, 12> kLater = {
      "distilbert", "nomic_bert",  "mistral", "new",   "gte",       "qwen2",
      "mpnet",      "gemma3_text", "qwen3",   "llama", "qwen3_moe", "modernbert"};
  const std::string type = s.files.ConfigText("model_type");
  if (std::find(kAlways.begin(), kAlways.end(), type) != kAlways.end()) return {};
  const bool later = std::find(kLater.begin(), kLater.end(), type) != kLater.end();
  CheckFinding finding = Risk(
      "WL-C-009",
      later ? fmt::format("TEI knows the model type {} in its later releases only, or where it is "
                          "built for CUDA, and the target does not say which it is",
                          Quote(type))
            : fmt::format("no release of TEI that was read knows the model type {}; its other "
                          "backends may",
                          Quote(type)),
      s.files.config.path);
  finding.pointer = "/model_type";
  finding.source = "text-embeddings-inference backends/candle/src/lib.rs: Config";
  return {finding};
}

CheckFinding NoVersion(const Situation& s) {
  const Component* own = s.target.Find("transformers");
  if (s.target.platform == Platform::kTriton && own == nullptr && !s.files.config.present) {
    return Risk("WL-C-009",
                "Triton's backends load the models of the repository, and what they make of their "
                "files is not judged",
                "");
  }
  return Risk(
      "WL-C-009",
      own != nullptr && own->absent
          ? "the target has no transformers, and what else knows this model is not known here"
          : "the target names no version of transformers",
      "");
}

// What the release makes of config.json.
std::vector<CheckFinding> JudgeFile(const Situation& s) {
  const JsonFile& config = s.files.config;
  if (!config.present && s.transformers() != nullptr) return WithoutConfig(s);
  if (!config.present) return {NoVersion(s)};
  if (!config.json) {
    CheckFinding finding = Failure(
        "WL-C-002", "config.json cannot be read: " + config.broken,
        s.base.knowledge.Message("broken_config", s.target, {{"{package}", s.package().path}}),
        config.path);
    // Beyond our limits, and perhaps not beyond Python's.
    if (!config.python_class.empty()) {
      finding.message = NoConfigObject(s, config);
    } else if (config.python_error.empty()) {
      finding.verdict = Verdict::kRisk;
    }
    if (finding.verdict == Verdict::kRisk) finding.message.clear();
    return {finding};
  }
  const Component* own = s.target.Find("transformers");
  if (s.target.platform == Platform::kTei && (own == nullptr || own->absent)) {
    return JudgeTypeOfTei(s);
  }
  if (s.transformers() == nullptr) return {NoVersion(s)};
  const Version& now = *s.transformers();
  const std::string type = s.files.ConfigText("model_type");
  const JsonValue* code = config.json->Find("auto_map");
  // Before 4.13 nobody looks for code there.
  if (code != nullptr && code->Find("AutoConfig") != nullptr && !s.TransformersIs("<4.13.0")) {
    const bool known = s.base.releases.KnowsModelType(type, now) == Tri::kYes;
    if (!known || s.TransformersIs("<4.30.0") || s.trusts_code) {
      return OwnCode(s, known);
    }
  }
  const JsonValue* named = config.json->Find("model_type");
  if (named != nullptr && !named->Is(JsonValue::Kind::kString)) return {OddModelType(s, *named)};
  if (named == nullptr) return WithoutModelType(s, "WL-C-003", "config.json names no model_type");
  switch (s.base.releases.KnowsModelType(type, now)) {
    case Tri::kYes: {
      std::vector<CheckFinding> mistyped = Mistyped(s, type);
      return mistyped.empty() ? JudgeLongrope(s) : mistyped;
    }
    case Tri::kUnknown:
      return {};  // of a release that is not known, which is said below
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

}  // namespace

std::string WhereCommitIsNoted(const Situation& s, std::string_view python_class) {
  if (!s.TransformersIs(">=4.22.0,<5.18.0")) return {};
  if (python_class == "list") return "TypeError: list indices must be integers or slices, not str";
  return fmt::format("TypeError: '{}' object does not support item assignment", python_class);
}

std::vector<CheckFinding> JudgeConfig(const Situation& s) {
  std::vector<CheckFinding> findings = JudgeFile(s);
  const Version* now = s.transformers();
  if (now == nullptr || s.base.releases.Find(*now) != nullptr) return findings;
  findings.push_back(Risk(
      "WL-C-008", fmt::format("transformers {} {}", now->text(), s.base.releases.WhyUnknown(*now)),
      s.files.config.path));
  return findings;
}

}  // namespace weighlock
