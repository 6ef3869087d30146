// GenerationConfig.from_pretrained, which from 4.26 on a model that can write reads at its end.
#include "check/generation_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "check/loaded_class.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// JSON, and no object. 4.27 to 4.31 forgive errors of types.
std::string NoObject(const Situation& s, std::string_view python_class) {
  if (s.TransformersIs(">=4.27.0,<4.32.0")) return {};
  std::string noted = WhereCommitIsNoted(s, python_class);
  return noted.empty() ? fmt::format("TypeError: '{}' object is not a mapping", python_class)
                       : noted;
}

std::string EarlyStopping(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("early_stopping");
  if (value == nullptr || !s.TransformersIs(">=4.27.0")) return {};
  const bool is_odd_text = value->Is(Kind::kString) && value->text != "never";
  const bool is_null = value->Is(Kind::kNull) && s.TransformersIs("<5.0.0");
  if (!is_odd_text && !is_null) return {};
  return fmt::format("ValueError: `early_stopping` must be a boolean or 'never', but is {}.",
                     is_null ? "None" : value->text);
}

// Numbers as Python compares them; what is not there, or no integer, is `otherwise`.
int64_t NumberOf(const JsonValue& config, std::string_view key, int64_t otherwise) {
  const JsonValue* value = config.Find(key);
  if (value == nullptr || !value->Is(Kind::kNumber)) return otherwise;
  if (const auto number = value->AsUint()) return static_cast<int64_t>(*number);
  return value->text.starts_with('-') && value->text.find_first_of(".eE") == std::string::npos
             ? -1
             : otherwise;
}

std::string NewTokens(const Situation& s, const JsonValue& config) {
  if (!s.TransformersIs(">=4.38.0") || NumberOf(config, "max_new_tokens", 1) > 0) return {};
  return fmt::format("ValueError: `max_new_tokens` must be greater than 0, but is {}.",
                     PythonText(*config.Find("max_new_tokens")));
}

// How many texts are asked for, of how many beams.
std::string Sequences(const Situation& s, const JsonValue& config) {
  const int64_t wanted = NumberOf(config, "num_return_sequences", 1);
  const int64_t beams = NumberOf(config, "num_beams", 1);
  const bool samples = config.FindTrue("do_sample");
  const bool in_five = s.TransformersIs(">=5.0.0");
  if (!s.TransformersIs(">=4.32.0") || wanted <= 1) return {};
  if (beams == 1 && !samples) {
    return fmt::format(
        "ValueError: Greedy methods {}without beam search do not support `num_return_sequences` "
        "different than 1 (got {}).",
        in_five ? "(do_sample != True) " : "", wanted);
  }
  if (beams == 1 || wanted <= beams) return {};
  return fmt::format(
      "ValueError: `num_return_sequences` ({}) has to be smaller or equal to `num_beams` ({}).",
      wanted, beams);
}

}  // namespace

bool CanWrite(const Situation& s) {
  const std::string loaded = LoadedArchitecture(s);
  static constexpr std::string_view kEndings[] = {"ForCausalLM", "LMHeadModel",
                                                  "ForConditionalGeneration", "MTModel"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view ending) { return loaded.ends_with(ending); });
}

std::vector<CheckFinding> JudgeGenerationConfig(const Situation& s) {
  const JsonFile& file = s.files.generation_config;
  if (!file.present || !s.TransformersIs(">=4.26.0") || !CanWrite(s)) return {};
  const char* rule = "WL-C-077";
  std::string message;
  if (file.json && !file.json->Is(Kind::kObject)) return {};
  if (!file.json) {
    rule = "WL-C-076";
    if (!file.python_class.empty()) message = NoObject(s, file.python_class);
  } else {
    for (const auto& judge : {EarlyStopping, NewTokens, Sequences}) {
      if (message.empty()) message = judge(s, *file.json);
    }
  }
  if (message.empty()) return {};
  CheckFinding finding = MakeFinding(
      Stage::kWeights, Verdict::kFail, rule,
      file.json ? "generation_config.json asks for what the target refuses, once it has loaded the "
                  "model"
                : "generation_config.json is JSON, and no object",
      file.path);
  finding.message = std::move(message);
  finding.source =
      "generation/configuration_utils.py of each minor release from 4.26 to 5.24; tried in 4.31.0 "
      "to 5.18.0";
  return {std::move(finding)};
}

}  // namespace weighlock
