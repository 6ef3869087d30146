// One question a key, in the order in which a target comes upon them.
#include "check/tokenizer_config_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/tokenizer_side_files.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

constexpr std::string_view kSpecialTokens[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                               "pad_token", "cls_token", "mask_token"};

bool IsSpecialToken(std::string_view key) {
  return std::find(std::begin(kSpecialTokens), std::end(kSpecialTokens), key) !=
         std::end(kSpecialTokens);
}

// From 4.34.1 to 4.35 what tokenizer_config.json says of a special token is looked up among its
// added tokens as it is, which Python does not take of an object.
bool JudgeLookedUpTokens(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonFile& config = s.files.tokenizer_config;
  const JsonValue* added = config.json ? config.json->Find("added_tokens_decoder") : nullptr;
  if (!s.TransformersIs(">=4.34.1,<4.36.0") || added == nullptr || added->members.empty()) {
    return false;
  }
  for (const JsonMember& member : config.json->members) {
    const bool is_object = member.value.Is(JsonValue::Kind::kObject);
    if (!is_object || !IsSpecialToken(member.name)) continue;
    findings.push_back(
        MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-051",
                    fmt::format("{} is an object, which this release does not take where there "
                                "are added tokens",
                                member.name),
                    config.path));
    CheckFinding& finding = findings.back();
    finding.pointer = "/" + member.name;
    finding.offset = member.value.offset;
    finding.message = "TypeError: unhashable type: 'dict'";
    finding.source = "tokenization_utils_base.py; tried in 4.34.0, 4.34.1, 4.35.2 and 4.36.2";
    return true;
  }
  return false;
}

// Each added token must be an object, which AddedToken is made of.
bool JudgeAddedTokenKinds(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonFile& config = s.files.tokenizer_config;
  const JsonValue* added = config.json ? config.json->Find("added_tokens_decoder") : nullptr;
  if (!s.TransformersIs(">=4.34.0") || added == nullptr) return false;
  const auto odd =
      std::find_if(added->members.begin(), added->members.end(),
                   [](const JsonMember& m) { return !m.value.Is(JsonValue::Kind::kObject); });
  if (odd == added->members.end()) return false;
  findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-052",
                                 fmt::format("the added token {} is no object", Quote(odd->name)),
                                 config.path));
  CheckFinding& finding = findings.back();
  finding.pointer = "/added_tokens_decoder/" + odd->name;
  finding.offset = odd->value.offset;
  finding.message = fmt::format(
      "{}: Found a <class '{}'> in the saved `added_tokens_decoder`, should be a dictionary or an "
      "AddedToken instance",
      s.TransformersIs(">=5.0.0") ? "TypeError" : "ValueError", PythonClass(odd->value));
  finding.source = "tokenization_utils_base.py; tried in 4.34.1, 4.37.2, 4.45.2 and 5.23.0";
  return true;
}

// From 5.0 on additional_special_tokens of special_tokens_map.json are taken as they are: objects
// are made into tokens under another name alone.
bool JudgeMapTokens(const Situation& s, const TokenizerClass& tokenizer,
                    std::vector<CheckFinding>& findings) {
  const JsonFile& map = s.files.special_tokens_map;
  const JsonValue* tokens = map.json ? map.json->Find("additional_special_tokens") : nullptr;
  const bool in_python = s.base.vocabularies.IsPythonIn5(tokenizer.slow);
  if (!s.TransformersIs(">=5.0.0") || !ReadsSideFiles(s) || tokens == nullptr || in_python) {
    return false;
  }
  const bool has_object =
      std::any_of(tokens->items.begin(), tokens->items.end(),
                  [](const JsonValue& v) { return v.Is(JsonValue::Kind::kObject); });
  if (!has_object) return false;
  findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-053",
                                 "additional_special_tokens holds objects, which this release "
                                 "takes from tokenizer_config.json alone",
                                 map.path));
  CheckFinding& finding = findings.back();
  finding.pointer = "/additional_special_tokens";
  finding.offset = tokens->offset;
  finding.message = s.TransformersIs("<5.1.0")
                        ? "TypeError: extra_special_tokens must be a list/tuple of str or "
                          "AddedToken, or a dict mapping names to tokens"
                        : "TypeError: Input must be a List[Union[str, AddedToken]]";
  finding.source =
      "_from_pretrained of tokenization_utils_base.py, 5.0.0 to 5.23.0; tried in 5.0.0, 5.8.0, "
      "5.14.0 and 5.23.0";
  return true;
}

// Before 4.34 what special_tokens_map.json says goes to the tokenizer once it is made, and there to
// the library, which takes texts and tokens.
bool JudgeMapNumbers(const Situation& s, const TokenizerClass& tokenizer,
                     std::vector<CheckFinding>& findings) {
  const JsonFile& map = s.files.special_tokens_map;
  if (!map.json || tokenizer.fast.empty() || !s.TransformersIs(">=4.0.0,<4.34.0")) return false;
  const auto is_odd = [](const JsonValue& value) {
    return value.Is(JsonValue::Kind::kNumber) ||
           (value.Is(JsonValue::Kind::kBool) && value.boolean);
  };
  for (const JsonMember& member : map.json->members) {
    const bool is_list = member.name == "additional_special_tokens";
    if (!is_list && !IsSpecialToken(member.name)) continue;
    const JsonValue& value = member.value;
    const bool holds_odd = is_list && std::any_of(value.items.begin(), value.items.end(), is_odd);
    if (!is_odd(value) && !holds_odd) continue;
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-056",
                                   fmt::format("{} is no text", member.name), map.path));
    CheckFinding& finding = findings.back();
    finding.pointer = "/" + member.name;
    finding.offset = value.offset;
    finding.message = "TypeError: Input must be a List[Union[str, AddedToken]]";
    finding.source =
        "sanitize_special_tokens of tokenization_utils_base.py; tried in 4.11.3, 4.22.2 and 4.30.2";
    return true;
  }
  return false;
}

// From 5.0 on extra tokens may have names, and are checked as all others are.
bool JudgeNamedTokens(const Situation& s, std::vector<CheckFinding>& findings) {
  const JsonFile& config = s.files.tokenizer_config;
  const JsonValue* named = config.json ? config.json->Find("extra_special_tokens") : nullptr;
  if (named == nullptr || !s.TransformersIs(">=5.0.0")) return false;
  for (const JsonMember& member : named->members) {
    const bool is_token =
        member.value.Is(JsonValue::Kind::kString) || member.value.Is(JsonValue::Kind::kObject);
    if (is_token) continue;
    findings.push_back(MakeFinding(
        Stage::kTokenizer, Verdict::kFail, "WL-T-012",
        fmt::format("{} of extra_special_tokens is no text", Quote(member.name)), config.path));
    CheckFinding& finding = findings.back();
    finding.pointer = "/extra_special_tokens/" + member.name;
    finding.offset = member.value.offset;
    finding.message = fmt::format(
        "TypeError: Special token {} has to be either str or AddedToken but got: <class '{}'>",
        Escape(member.name), PythonClass(member.value));
    finding.source = "tokenization_utils_base.py of 5.0.0 to 5.23.0; tried in 5.0.0 and 5.23.0";
    return true;
  }
  return false;
}

// A padding that config.json has and the tokenizer is told not to have.
void JudgePadding(const Situation& s, std::vector<CheckFinding>& findings) {
  const auto is_null = [&](const JsonFile& file) {
    const JsonValue* token = file.json ? file.json->Find("pad_token") : nullptr;
    return token != nullptr && token->Is(JsonValue::Kind::kNull);
  };
  const JsonValue* config = s.files.config.get();
  const JsonValue* id = config == nullptr ? nullptr : config->Find("pad_token_id");
  const bool reads_map = s.files.special_tokens_map.json.has_value() && ReadsSideFiles(s);
  if (!is_null(s.files.tokenizer_config) || (reads_map && !is_null(s.files.special_tokens_map)) ||
      id == nullptr || !id->AsUint()) {
    return;
  }
  findings.push_back(MakeFinding(
      Stage::kTokenizer, Verdict::kDiffers, "WL-T-071",
      "pad_token is null, and config.json has a pad_token_id: texts of unlike lengths cannot be "
      "padded, and are refused together",
      s.files.tokenizer_config.path));
  findings.back().pointer = "/pad_token";
  findings.back().source =
      "_get_padding_truncation_strategies of tokenization_utils_base.py; tried in transformers "
      "4.38.2 to 5.18.0";
}

// BERT's class of 5.0 lowers letters where it is told to, all others unless they are told not to.
void JudgeUnsaidLowercase(const Situation& s, const TokenizerClass& tokenizer,
                          std::vector<CheckFinding>& findings) {
  const bool is_bert = tokenizer.slow == "BertTokenizer" || tokenizer.slow == "DistilBertTokenizer";
  if (!is_bert || !tokenizer.from_json || !s.TransformersIs(">=5.0.0,<5.1.0")) return;
  const bool lowers =
      std::any_of(s.files.features.begin(), s.files.features.end(),
                  [](const TokenizerFeature& feature) { return feature.name == kLowercases; });
  if (!lowers) return;
  findings.push_back(MakeFinding(
      Stage::kTokenizer, Verdict::kDiffers, "WL-T-011",
      fmt::format("tokenizer_config.json does not say whether capital letters are lowered, which "
                  "{} of this release then does not, and tokenizer.json does",
                  tokenizer.slow),
      s.files.root + "tokenizer.json"));
  findings.back().pointer = "/normalizer/lowercase";
  findings.back().source =
      "tokenization_bert.py of 5.0.0, 5.8.0, 5.14.0 and 5.23.0; token ids compared in 5.0.0 and "
      "5.23.0";
}

}  // namespace

void JudgeTokenObjects(const Situation& s, const TokenizerClass& tokenizer,
                       std::vector<CheckFinding>& findings) {
  if (JudgeLookedUpTokens(s, findings) || JudgeAddedTokenKinds(s, findings) ||
      JudgeMapTokens(s, tokenizer, findings) || JudgeMapNumbers(s, tokenizer, findings) ||
      JudgeNamedTokens(s, findings)) {
    return;
  }
  JudgePadding(s, findings);
  for (const std::string_view name : kSpecialTokens) {
    const auto [token, file] = SpecialTokenOf(s, name);
    if (token == nullptr || token->Is(JsonValue::Kind::kNull)) continue;
    const std::string_view is = PythonClass(*token);
    // Those of special_tokens_map.json need not say that they are tokens.
    const bool is_token = token->Find("__type") != nullptr || file == &s.files.special_tokens_map;
    if (is == "str" || (is == "dict" && is_token && !s.TransformersIs("<3.4.0"))) continue;
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-012",
                                   fmt::format("{} is {}, and the target wants text", name,
                                               is == "dict" ? "an object" : "no text"),
                                   file->path));
    CheckFinding& finding = findings.back();
    finding.pointer = fmt::format("/{}", name);
    finding.offset = token->offset;
    finding.message = fmt::format(
        "TypeError: {}pecial token {} has to be either str or AddedToken but got: <class '{}'>",
        s.TransformersIs(">=4.34.0") ? "S" : "s", name, is);
    finding.source =
        "tokenization_utils_base.py of transformers 3.0.2 to 5.3.0; 3.4.0 reads objects";
    return;
  }
}

void JudgeMethods(const Situation& s, const TokenizerClass& tokenizer,
                  std::vector<CheckFinding>& findings) {
  static constexpr std::string_view kMethods[] = {"add_special_tokens",
                                                  "add_tokens",
                                                  "apply_chat_template",
                                                  "batch_decode",
                                                  "convert_ids_to_tokens",
                                                  "convert_tokens_to_ids",
                                                  "convert_tokens_to_string",
                                                  "decode",
                                                  "encode",
                                                  "get_added_vocab",
                                                  "get_vocab",
                                                  "num_special_tokens_to_add",
                                                  "pad",
                                                  "save_pretrained",
                                                  "save_vocabulary",
                                                  "tokenize"};
  const JsonValue* config = s.files.tokenizer_config.get();
  if (config == nullptr || !s.TransformersIs(">=4.44.0")) return;
  for (const JsonMember& member : config->members) {
    if (std::find(std::begin(kMethods), std::end(kMethods), member.name) == std::end(kMethods)) {
      continue;
    }
    findings.push_back(MakeFinding(Stage::kTokenizer, Verdict::kFail, "WL-T-010",
                                   "tokenizer_config.json has a key that is the name of a method",
                                   s.files.tokenizer_config.path));
    CheckFinding& finding = findings.back();
    finding.pointer = "/" + member.name;
    finding.offset = member.value.offset;
    finding.source = "transformers 36032; tried in 4.45.2 to 5.23.0";
    finding.message =
        fmt::format("AttributeError: {} conflicts with the method {} in {}", member.name,
                    member.name, tokenizer.from_json ? tokenizer.name() : tokenizer.slow);
    return;
  }
}

void JudgeLowercase(const Situation& s, const TokenizerClass& tokenizer,
                    std::vector<CheckFinding>& findings) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* lowers = config == nullptr ? nullptr : config->Find("do_lower_case");
  if (lowers == nullptr) return JudgeUnsaidLowercase(s, tokenizer, findings);
  if (!lowers->Is(JsonValue::Kind::kBool)) return;
  const std::string_view other = lowers->boolean ? kKeepsCase : kLowercases;
  for (const TokenizerFeature& feature : s.files.features) {
    if (feature.name != other) continue;
    findings.push_back(MakeFinding(
        Stage::kTokenizer, Verdict::kDiffers, "WL-T-011",
        fmt::format("tokenizer_config.json says that capital letters are {}, tokenizer.json that "
                    "they are {}: which of the two holds depends on the class",
                    lowers->boolean ? "lowered" : "kept", lowers->boolean ? "kept" : "lowered"),
        s.files.tokenizer_config.path));
    findings.back().pointer = "/do_lower_case";
    findings.back().source = "tokenization_bert_fast.py; token ids compared from 4.11.3 to 5.23.0";
  }
}

}  // namespace weighlock
