// AutoTokenizer's choice (tokenization_auto.py), and that of PreTrainedTokenizerFast.
#include "check/tokenizer_class.h"

namespace weighlock {
namespace {

constexpr std::string_view kFast = "Fast";

std::string WithoutFast(std::string name) {
  if (name.ends_with(kFast)) name.resize(name.size() - kFast.size());
  return name;
}

// A class by the name that is asked for: with Fast where the release has that, else without.
TokenizerClass Named(const Situation& s, const std::string& asked) {
  const auto has = [&](const std::string& name) {
    return s.base.releases.HasTokenizerClass(name, *s.transformers()) == Tri::kYes;
  };
  TokenizerClass found;
  const std::string slow = WithoutFast(asked), fast = slow + std::string(kFast);
  const bool alias = s.TransformersIs(">=5.0.0") && s.base.vocabularies.IsAliasIn5(slow);
  if (has(slow) || alias) found.slow = slow;
  if (has(fast) && s.TransformersIs(">=4.0.0")) found.fast = fast;
  // A base of all slow ones, which is none itself.
  if (slow == "PreTrainedTokenizer") found.slow.clear();
  return found;
}

// The classes of the model's type.
TokenizerClass OfModelType(const Situation& s) {
  std::string type = s.files.ConfigText("model_type");
  if (type.empty() && s.TransformersIs("<5.2.0")) {
    type = s.base.releases.ModelTypeIn(s.package().path, *s.transformers());
  }
  TokenizerClass found;
  for (const std::string& name : s.base.releases.TokenizersOf(type, *s.transformers())) {
    (name.ends_with(kFast) ? found.fast : found.slow) = name;
  }
  if (s.TransformersIs("<4.0.0")) found.fast.clear();
  return found;
}

// These are made of the vocabulary anew where they are told of a space before the text.
bool IsMadeFromSlow(const Situation& s, const std::string& fast) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* space = config == nullptr ? nullptr : config->Find("add_prefix_space");
  return space != nullptr && !space->Is(JsonValue::Kind::kNull) &&
         s.TransformersIs(">=4.38.0,<5.0.0") &&
         (fast == "LlamaTokenizerFast" || fast == "T5TokenizerFast");
}

}  // namespace

std::string AskedTokenizerClass(const Situation& s) {
  return s.TransformersIs("<4.8.0") ? s.files.ConfigText("tokenizer_class")
                                    : s.files.TokenizerText("tokenizer_class");
}

TokenizerClass TokenizerClassOf(const Situation& s) {
  const std::string asked = AskedTokenizerClass(s);
  TokenizerClass found = asked.empty() ? OfModelType(s) : Named(s, asked);
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* file = config == nullptr ? nullptr : config->Find("tokenizer_file");
  if (s.TransformersIs(">=5.0.0")) {
    if (found.slow.empty()) found.slow = WithoutFast(found.fast);
    found.fast.clear();
    found.from_json = s.files.has_tokenizer_json && !s.base.vocabularies.IsPythonIn5(found.slow);
  } else {
    // What tokenizer_config.json says of the file goes before the file that is there.
    const bool hidden = file != nullptr && file->Is(JsonValue::Kind::kNull);
    found.from_json = s.files.has_tokenizer_json && !hidden && !found.fast.empty() &&
                      !IsMadeFromSlow(s, found.fast);
  }
  return found;
}

}  // namespace weighlock
