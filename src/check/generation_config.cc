// GenerationConfig.from_pretrained, which from 4.26 on a model that can write reads at its end.
#include "check/generation_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

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

// Whether Python says that a value equals a number. Of true and false it does.
bool Equals(const JsonValue& value, double number) {
  if (value.Is(Kind::kBool)) return number == (value.boolean ? 1 : 0);
  return value.Is(Kind::kNumber) && std::strtod(value.text.c_str(), nullptr) == number;
}

// Whether the value of a key, or `otherwise` where there is none, equals a number.
bool IsNumber(const JsonValue& config, std::string_view key, double number, double otherwise) {
  const JsonValue* value = config.Find(key);
  return value == nullptr ? otherwise == number : Equals(*value, number);
}

std::string NotSupported(std::string_view sign, const JsonValue& value) {
  return fmt::format("TypeError: '{}' not supported between instances of '{}' and 'int'", sign,
                     PythonClass(value));
}

bool IsComparable(const JsonValue& value) {
  return value.Is(Kind::kNumber) || value.Is(Kind::kBool);
}

std::string EarlyStopping(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("early_stopping");
  if (value == nullptr || !s.TransformersIs(">=4.27.0")) return {};
  const bool is_null = value->Is(Kind::kNull);
  if (Equals(*value, 0) || Equals(*value, 1) || (is_null && s.TransformersIs(">=5.0.0"))) return {};
  if (value->Is(Kind::kString) && value->text == "never") return {};
  if (value->Is(Kind::kArray) || value->Is(Kind::kObject)) {
    return s.TransformersIs("<4.32.0")  // which forgive that
               ? ""
               : fmt::format("TypeError: unhashable type: '{}'", PythonClass(*value));
  }
  return fmt::format("ValueError: `early_stopping` must be a boolean or 'never', but is {}.",
                     value->Is(Kind::kString) ? value->text : PythonText(*value));
}

std::string NewTokens(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("max_new_tokens");
  if (value == nullptr || value->Is(Kind::kNull) || !s.TransformersIs(">=4.38.0")) return {};
  if (!IsComparable(*value)) return NotSupported("<=", *value);
  const bool is_above = Equals(*value, 1) ||
                        (value->Is(Kind::kNumber) && std::strtod(value->text.c_str(), nullptr) > 0);
  if (is_above) return {};
  return fmt::format("ValueError: `max_new_tokens` must be greater than 0, but is {}.",
                     PythonText(*value));
}

// A negative one is warned of.
std::string Padding(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("pad_token_id");
  if (value == nullptr || value->Is(Kind::kNull) || IsComparable(*value)) return {};
  return s.TransformersIs(">=4.44.0") ? NotSupported("<", *value) : "";
}

// The names that any release has. Which of them the target has is not asked.
std::string CacheKind(const Situation& s, const JsonValue& config) {
  static constexpr std::string_view kKinds[] = {"dynamic",
                                                "dynamic_full",
                                                "hybrid",
                                                "hybrid_chunked",
                                                "mamba",
                                                "offloaded",
                                                "offloaded_hybrid",
                                                "offloaded_hybrid_chunked",
                                                "offloaded_static",
                                                "paged",
                                                "quantized",
                                                "sliding_window",
                                                "static"};
  const JsonValue* value = config.Find("cache_implementation");
  if (value == nullptr || value->Is(Kind::kNull) || !s.TransformersIs(">=4.45.0")) return {};
  const bool is_known = value->Is(Kind::kString) && std::find(std::begin(kKinds), std::end(kKinds),
                                                              value->text) != std::end(kKinds);
  if (is_known) return {};
  // The list of all others differs by release, and is told of those alone that were asked.
  return fmt::format("ValueError: Invalid `cache_implementation` ({}). Choose one of: {}",
                     value->Is(Kind::kString) ? value->text : PythonText(*value),
                     s.TransformersIs(">=5.23.0")
                         ? "('static', 'offloaded_static', 'sliding_window', 'hybrid', "
                           "'hybrid_chunked', 'offloaded_hybrid', 'offloaded_hybrid_chunked', "
                           "'dynamic', 'offloaded', 'quantized', 'paged')"
                         : "");
}

// What a cache is made of, where there is none that takes it.
std::string CacheConfig(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("cache_config");
  const JsonValue* kind = config.Find("cache_implementation");
  if (value == nullptr || value->Is(Kind::kNull) || !s.TransformersIs(">=4.44.0,<4.53.0")) {
    return {};
  }
  if (kind != nullptr && kind->Is(Kind::kString) &&
      (kind->text == "static" || kind->text == "quantized")) {
    return {};
  }
  return fmt::format(
      "ValueError: You provided a `cache_config` but the cache implementation you are using ({}) "
      "does not require any config. Make sure to use the correct cache implementation matching "
      "your cache config.",
      kind == nullptr           ? "None"
      : kind->Is(Kind::kString) ? kind->text
                                : PythonText(*kind));
}

// How to compile is for the caller to say, and no object of JSON.
std::string Compiling(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("compile_config");
  if (value == nullptr || !s.TransformersIs(">=4.49.0")) return {};
  if (value->Is(Kind::kNull) && !s.TransformersIs("<4.50.0")) return {};
  return fmt::format(
      "ValueError: You provided `compile_config` as an instance of <class '{}'>, but it must be an "
      "instance of `CompileConfig`.",
      PythonClass(*value));
}

// Groups of beams, which 4.57 hands to code of the hub.
std::string BeamGroups(const Situation& s, const JsonValue& config) {
  if (!s.TransformersIs(">=4.32.0,<4.57.0") || IsNumber(config, "num_beams", 1, 1)) return {};
  const JsonValue* beams = config.Find("num_beams");
  const JsonValue* groups = config.Find("num_beam_groups");
  if (IsNumber(config, "diversity_penalty", 0, 0) && IsNumber(config, "num_beam_groups", 1, 1)) {
    return {};
  }
  const std::string asked =
      "ValueError: `diversity_penalty` is not 0.0 or `num_beam_groups` is not 1, triggering group "
      "beam search. In this generation mode, ";
  if (config.FindTrue("do_sample")) return asked + "`do_sample` must be set to `False`";
  const auto all = beams->AsUint(), parts = groups == nullptr ? 1 : groups->AsUint();
  if (!all || !parts || *parts == 0) return {};
  if (*all % *parts != 0) return asked + "`num_beams` should be divisible by `num_beam_groups`";
  if (!IsNumber(config, "diversity_penalty", 0, 0)) return {};
  return asked +
         "`diversity_penalty` should be greater than `0.0`, otherwise your groups will be "
         "identical.";
}

// How many texts are asked for, of how many beams.
std::string Sequences(const Situation& s, const JsonValue& config) {
  const JsonValue* value = config.Find("num_return_sequences");
  if (value == nullptr || Equals(*value, 1) || !s.TransformersIs(">=4.32.0")) return {};
  const bool in_five = s.TransformersIs(">=5.0.0");
  if (in_five && value->Is(Kind::kNull)) return {};
  if (in_five && !IsComparable(*value)) return NotSupported(">", *value);
  const double wanted = IsComparable(*value) ? std::strtod(value->text.c_str(), nullptr) : 0;
  if (in_five && wanted <= 1) return {};
  const JsonValue* samples = config.Find("do_sample");
  const bool is_greedy = samples == nullptr || (samples->Is(Kind::kBool) && !samples->boolean);
  const JsonValue* beams = config.Find("num_beams");
  if (beams == nullptr || Equals(*beams, 1)) {
    if (!is_greedy) return {};
    return fmt::format(
        "ValueError: Greedy methods {}without beam search do not support `num_return_sequences` "
        "different than 1 (got {}).",
        in_five ? "(do_sample != True) " : "",
        value->Is(Kind::kString) ? value->text : PythonText(*value));
  }
  if (!beams->Is(Kind::kNumber) || wanted <= std::strtod(beams->text.c_str(), nullptr)) return {};
  return fmt::format(
      "ValueError: `num_return_sequences` ({}) has to be smaller or equal to `num_beams` ({}).",
      PythonText(*value), PythonText(*beams));
}

// What is for generate() alone becomes an attribute where the file was not made of config.json.
std::string Arguments(const Situation& s, const JsonValue& config) {
  static constexpr std::string_view kArguments[] = {
      "logits_processor",         "stopping_criteria",
      "prefix_allowed_tokens_fn", "synced_gpus",
      "assistant_model",          "streamer",
      "negative_prompt_ids",      "negative_prompt_attention_mask"};
  if (!s.TransformersIs(">=4.37.0") || config.FindTrue("_from_model_config")) return {};
  for (const std::string_view argument : kArguments) {
    if (config.Find(argument) == nullptr) continue;
    return fmt::format(
        "ValueError: Argument `{}` is not a valid argument of `GenerationConfig`. It should be "
        "passed to `generate()` (or a pipeline) directly.",
        argument);
  }
  return {};
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
    for (const auto& judge : {EarlyStopping, NewTokens, Padding, CacheKind, CacheConfig, Compiling,
                              BeamGroups, Sequences, Arguments}) {
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
