// In 4 the classes of Llama, Gemma and Cohere put their own tokens around a text, and those of BERT
// and GPT-2 change a part that must be there; from 5.0 on each class makes its own kind of model,
// and takes no more than the vocabulary.
#include "check/tokenizer_rebuilt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/tokenizer_side_files.h"

namespace weighlock {
namespace {

using Findings = std::vector<CheckFinding>;

const TokenizerFeature* FeatureOf(const Situation& s, std::string_view begin) {
  const auto& features = s.files.features;
  const auto found = std::find_if(features.begin(), features.end(), [&](const TokenizerFeature& f) {
    return f.name.starts_with(begin);
  });
  return found == features.end() ? nullptr : &*found;
}

CheckFinding Found(const Situation& s, Verdict verdict, const char* rule, std::string text,
                   std::string pointer) {
  CheckFinding finding = MakeFinding(Stage::kTokenizer, verdict, rule, std::move(text),
                                     s.files.root + "tokenizer.json");
  finding.pointer = std::move(pointer);
  finding.adaptations = {"T3"};
  return finding;
}

// A switch of tokenizer_config.json; what is null is off.
bool IsOn(const Situation& s, std::string_view key, bool otherwise) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* value = config == nullptr ? nullptr : config->Find(key);
  return value == nullptr ? otherwise : value->Is(JsonValue::Kind::kBool) && value->boolean;
}

std::string TokenOf(const Situation& s, std::string_view name, std::string_view otherwise) {
  const JsonValue* token = SpecialTokenOf(s, name).value;
  if (token == nullptr) return std::string(otherwise);
  const std::string* content = token->FindString("content");
  return content != nullptr ? *content : token->text;
}

// Whether 5.0 or later saved the package. Where nothing is put around a text, what 4 saved was made
// with these classes, too, which put their tokens there whatever the file says.
bool IsOfFive(const Situation& s) {
  const auto saved = Version::Parse(s.files.ConfigText("transformers_version"));
  const VersionSpec* five = KnownSpec(">=5.0.0");
  return saved && five && five->Contains(*saved);
}

// Where a class puts `wanted` around a text, "<s> A", and the file something else, or nothing.
Findings OtherAround(const Situation& s, const std::string& name, const std::string& wanted,
                     const TokenizerFeature* own, std::string source) {
  const std::string there = own == nullptr ? "A" : own->name.substr(kAround.size());
  if (wanted == there) return {};
  CheckFinding finding =
      Found(s, Verdict::kDiffers, "WL-T-038",
            fmt::format("{} puts its own tokens around a text, {} where tokenizer.json has {}",
                        name, Quote(wanted), Quote(there)),
            "/post_processor");
  finding.source = std::move(source);
  return {std::move(finding)};
}

// What is around a text, as update_post_processor of the class has it.
Findings AroundText(const Situation& s, const TokenizerClass& tokenizer) {
  struct Own {
    std::string_view name, bos, eos;
  };
  static constexpr Own kClasses[] = {
      {"LlamaTokenizerFast", "<s>", "</s>"},
      {"CodeLlamaTokenizerFast", "<s>", "</s>"},
      {"GemmaTokenizerFast", "<bos>", "<eos>"},
      {"CohereTokenizerFast", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"},
  };
  const Own* const own = std::find_if(std::begin(kClasses), std::end(kClasses),
                                      [&](const Own& row) { return row.name == tokenizer.fast; });
  if (own == std::end(kClasses)) return {};
  std::string wanted = "A";
  if (IsOn(s, "add_bos_token", true)) wanted = TokenOf(s, "bos_token", own->bos) + " A";
  if (IsOn(s, "add_eos_token", false)) wanted += " " + TokenOf(s, "eos_token", own->eos);
  const TokenizerFeature* feature = FeatureOf(s, kAround);
  // Every release of 4 names the class that it saves; of what names none another made the ids.
  if (feature == nullptr && !IsOfFive(s) && !AskedTokenizerClass(s).empty()) return {};
  return OtherAround(
      s, tokenizer.fast, wanted, feature,
      "update_post_processor of tokenization_llama_fast.py, 4.31.0 to 4.57.6; token ids compared "
      "in 4.36.2, 4.46.3 and 4.51.3");
}

// From 5.0 on the class of BERT puts the tokens that tokenizer_config.json names around a text.
Findings AroundAsBert(const Situation& s, const TokenizerClass& tokenizer) {
  const bool is_bert = tokenizer.slow == "BertTokenizer" || tokenizer.slow == "DistilBertTokenizer";
  const TokenizerFeature* feature = FeatureOf(s, kAround);
  if (!is_bert || feature == nullptr) return {};
  const auto token = [&](std::string_view name, std::string_view otherwise) {
    const JsonValue* value = SpecialTokenOf(s, name).value;
    const bool is_null = value != nullptr && value->Is(JsonValue::Kind::kNull);
    return is_null ? std::string(otherwise) : TokenOf(s, name, otherwise);
  };
  const std::string wanted = token("cls_token", "[CLS]") + " A " + token("sep_token", "[SEP]");
  return OtherAround(
      s, tokenizer.slow, wanted, feature,
      "tokenization_bert.py of 5.0.0, 5.8.0, 5.14.0 and 5.23.0; token ids compared in 5.0.0 and "
      "5.23.0");
}

// Before 4.34 a token that is not in the vocabulary is looked up as the unknown one; and where that
// is not there either, as the unknown one again.
Findings Endless(const Situation& s, const TokenizerClass& tokenizer) {
  const bool is_llama =
      tokenizer.fast == "LlamaTokenizerFast" || tokenizer.fast == "CodeLlamaTokenizerFast";
  const bool lacks_both = FeatureOf(s, fmt::format("{}<s>", kLacks)) != nullptr &&
                          FeatureOf(s, fmt::format("{}<unk>", kLacks)) != nullptr;
  const bool named = SpecialTokenOf(s, "bos_token").value != nullptr ||
                     SpecialTokenOf(s, "unk_token").value != nullptr;
  if (!is_llama || !lacks_both || named || !IsOn(s, "add_bos_token", true) ||
      !s.TransformersIs(">=4.30.0,<4.34.0")) {
    return {};
  }
  CheckFinding finding =
      Found(s, Verdict::kFail, "WL-T-060",
            fmt::format("{} looks for its tokens <s> and <unk>, of which tokenizer.json has "
                        "neither, and tokenizer_config.json names no others",
                        tokenizer.fast),
            "/model/vocab");
  finding.message =
      "RecursionError: maximum recursion depth exceeded while calling a Python object";
  finding.source =
      "update_post_processor of tokenization_llama_fast.py, 4.30.0 to 4.33.3; tried in 4.33.3";
  return {std::move(finding)};
}

// The part of tokenizer.json that a fast class takes out as JSON, to set its own switches in it.
Findings WithoutPart(const Situation& s, const TokenizerClass& tokenizer) {
  static constexpr std::string_view kNormalizers[] = {
      "BertTokenizerFast",       "ElectraTokenizerFast", "LayoutLMTokenizerFast",
      "LayoutLMv2TokenizerFast", "MPNetTokenizerFast",   "MobileBertTokenizerFast",
      "SqueezeBertTokenizerFast"};
  static constexpr std::string_view kPreTokenizers[] = {
      "BartTokenizerFast",       "BlenderbotTokenizerFast", "CodeGenTokenizerFast",
      "DebertaTokenizerFast",    "GPT2TokenizerFast",       "LEDTokenizerFast",
      "LongformerTokenizerFast", "RobertaTokenizerFast"};
  const auto is_one = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), tokenizer.fast) != std::end(names);
  };
  // Before 4.25 most of them are those of BERT and GPT-2 by another name.
  const bool is_distilbert = tokenizer.fast == "DistilBertTokenizerFast";
  const bool is_codegen =
      tokenizer.fast == "CodeGenTokenizerFast" || tokenizer.fast == "BlenderbotTokenizerFast";
  std::string_view part;
  if (s.TransformersIs(">=4.25.0,<5.0.0") && is_one(kNormalizers)) part = "normalizer";
  if (s.TransformersIs(">=4.11.0,<4.25.0") && (is_one(kNormalizers) || is_distilbert)) {
    part = "normalizer";
  }
  if (s.TransformersIs(">=4.25.0,<4.47.0") && is_one(kPreTokenizers)) part = "pre_tokenizer";
  if (s.TransformersIs(">=4.11.0,<4.25.0") && is_one(kPreTokenizers) && !is_codegen) {
    part = "pre_tokenizer";
  }
  if (part.empty() || FeatureOf(s, std::string(part) + ".") != nullptr) return {};
  CheckFinding finding =
      Found(s, Verdict::kFail, "WL-T-040",
            fmt::format("{} sets its own switches in the {} of tokenizer.json, which has none",
                        tokenizer.fast, part),
            fmt::format("/{}", part));
  // From 3.11 on every object of Python has that method.
  const Component* python = s.target.Find("python");
  const VersionSpec* later = KnownSpec(">=3.11");
  if (python != nullptr && python->version && later) {
    finding.message =
        later->Contains(*python->version)
            ? "TypeError: the JSON object must be str, bytes or bytearray, not NoneType"
            : "AttributeError: 'NoneType' object has no attribute '__getstate__'";
  }
  finding.source =
      "tokenization_*_fast.py of 4.11.3, 4.22.2, 4.25.1, 4.36.2, 4.46.3 and 4.57.1; tried in "
      "4.11.3 "
      "to 4.51.3";
  return {std::move(finding)};
}

// A vocabulary that is longer than the embedding is another model's. Tokens that were added to the
// model's own stand elsewhere.
Findings BeyondModel(const Situation& s) {
  const TokenizerFeature* last = FeatureOf(s, kLastWord);
  const JsonValue* config = s.files.config.get();
  const JsonValue* size = config == nullptr ? nullptr : config->Find("vocab_size");
  const auto rows = size == nullptr ? std::nullopt : size->AsUint();
  if (last == nullptr || !rows || last->number < *rows) return {};
  CheckFinding finding = MakeFinding(
      Stage::kTokenizer, Verdict::kDiffers, "WL-T-074",
      fmt::format(
          "the vocabulary of tokenizer.json goes up to {}, and the model has words up to {}: "
          "it is another model's, and a text that holds one of the others is an IndexError",
          last->number, *rows - 1),
      s.files.root + "tokenizer.json");
  finding.pointer = "/model/vocab";
  finding.source = "token ids compared in transformers 4.11.3 to 5.23.0";
  return {std::move(finding)};
}

// Model types of which AutoTokenizer takes the class that tokenizer_config.json names, as it is.
bool TakesNamedClass(const Situation& s) {
  static constexpr std::string_view kTypes[] = {"bert",       "distilbert",  "electra", "roberta",
                                                "camembert",  "xlm-roberta", "t5",      "gpt2",
                                                "deberta-v2", "llama"};
  const std::string type = s.files.ConfigText("model_type");
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

Findings OfAnotherKind(const Situation& s, const TokenizerClass& tokenizer) {
  const std::string_view own = s.base.vocabularies.ModelIn5(tokenizer.slow);
  const TokenizerFeature* feature = FeatureOf(s, "model.");
  if (own.empty() || feature == nullptr || !TakesNamedClass(s)) return {};
  // "model.BPE", or something of it, "model.BPE.dropout of zero".
  std::string there = feature->name.substr(std::string_view("model.").size());
  there.resize(std::min(there.find('.'), there.size()));
  const bool bytes =
      tokenizer.slow == "LlamaTokenizer" && FeatureOf(s, "pre_tokenizer.ByteLevel") != nullptr;
  // From 5.22 on the base of all classes is taken where Llama's is named over bytes.
  if (bytes && s.TransformersIs(">=5.22.0")) return {};
  if (there == "type absent" || (there == own && !bytes)) return {};
  const bool fails = own == "Unigram";
  CheckFinding finding = Found(
      s, fails ? Verdict::kFail : Verdict::kDiffers, "WL-T-039",
      fmt::format("{} takes the vocabulary of tokenizer.json alone, and makes a model of its own "
                  "kind, {}, of it: that of tokenizer.json is {}",
                  tokenizer.slow, own, bytes ? "of bytes" : Escape(there)),
      "/model");
  if (fails) {
    // In the words of the library that binds it to Python.
    const std::vector<Version> versions = VersionsOf(s, "tokenizers", s.base.tokenizers);
    const VersionSpec* newer = KnownSpec(">=0.23.0");
    const auto is_newer = [&](const Version& version) { return newer->Contains(version); };
    if (!versions.empty() && std::all_of(versions.begin(), versions.end(), is_newer)) {
      finding.message = "TypeError: 'dict' object is not an instance of 'Sequence'";
    } else if (std::none_of(versions.begin(), versions.end(), is_newer)) {
      finding.message =
          "TypeError: argument 'vocab': 'dict' object cannot be converted to 'Sequence'";
    }
  }
  finding.source =
      "tokenization_auto.py of 5.3.0 to 5.23.0; tried in 5.8.0, 5.8.1, 5.14.0 and 5.23.0";
  return {std::move(finding)};
}

}  // namespace

Findings JudgeMadeFromSlow(const Situation& s, const TokenizerClass& tokenizer) {
  const bool is_told = FeatureOf(s, kAround) != nullptr;
  return s.TransformersIs(">=4.31.0,<5.0.0") && is_told ? AroundText(s, tokenizer) : Findings();
}

Findings JudgeRebuilt(const Situation& s, const TokenizerClass& tokenizer) {
  if (auto found = WithoutPart(s, tokenizer); !found.empty()) return found;
  if (auto found = Endless(s, tokenizer); !found.empty()) return found;
  if (auto found = BeyondModel(s); !found.empty()) return found;
  if (s.TransformersIs(">=4.31.0,<5.0.0")) return AroundText(s, tokenizer);
  Findings found;
  if (s.TransformersIs(">=5.3.0")) found = OfAnotherKind(s, tokenizer);
  return found.empty() && s.TransformersIs(">=5.0.0") ? AroundAsBert(s, tokenizer) : found;
}

}  // namespace weighlock
