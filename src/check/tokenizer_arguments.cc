// Values of tokenizer_config.json that are handed to the tokenizers library as they are: it takes
// texts for texts and bools for bools, and no numbers in their place.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/escape.h"
#include "check/tokenizer_config_keys.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

// What the library says of an argument of another type: from 0.23 on in other words, which do not
// name it. `type` is Python's name for the wanted one.
std::string Refused(const Situation& s, std::string_view argument, const JsonValue& value,
                    std::string_view type) {
  const Component* library = s.target.Find("tokenizers");
  if (library == nullptr) return {};
  const std::string_view is = PythonClass(value);
  if (library->Within(*KnownSpec(">=0.23.0")) == Overlap::kAll) {
    return value.Is(Kind::kNull)
               ? fmt::format("TypeError: 'None' is not an instance of '{}'", type)
               : fmt::format("TypeError: '{}' object is not an instance of '{}'", is, type);
  }
  if (library->Within(*KnownSpec("<0.13.0")) == Overlap::kAll) {
    return fmt::format(
        "TypeError: Can't convert {} to {}",
        value.Is(Kind::kString) ? fmt::format("'{}'", value.text) : PythonText(value),
        type == "bool" ? "PyBool" : "PyString");
  }
  if (library->Within(*KnownSpec(">=0.13.0,<0.23.0")) != Overlap::kAll) return {};
  const std::string named = argument.empty() ? "" : fmt::format("argument '{}': ", argument);
  return fmt::format("TypeError: {}'{}' object cannot be converted to '{}'", named, is,
                     type == "bool" ? "PyBool" : "PyString");
}

CheckFinding Failure(const Situation& s, std::string rule, std::string text, std::string pointer,
                     const JsonValue& value) {
  CheckFinding finding = MakeFinding(Stage::kTokenizer, Verdict::kFail, std::move(rule),
                                     std::move(text), s.files.tokenizer_config.path);
  finding.pointer = std::move(pointer);
  finding.offset = value.offset;
  finding.source =
      "the constructors of tokenizers' classes, asked by transformers 4.11.3, 4.22.2, 4.37.2, "
      "5.0.0 and "
      "5.23.0, with tokenizers 0.10.3, 0.12.1, 0.15.2, 0.22.2 and 0.23.3";
  return finding;
}

// The parts of one added token, in their order; the text is taken first.
bool JudgeAddedToken(const Situation& s, const JsonMember& token,
                     std::vector<CheckFinding>& findings) {
  static constexpr std::string_view kFlags[] = {"single_word", "lstrip", "rstrip", "normalized",
                                                "special"};
  const std::string place = "/added_tokens_decoder/" + token.name;
  const JsonValue* content = token.value.Find("content");
  if (content != nullptr && !content->Is(Kind::kString) && !content->Is(Kind::kNull)) {
    findings.push_back(
        Failure(s, "WL-T-054",
                fmt::format("the content of the added token {} is no text", Quote(token.name)),
                place + "/content", *content));
    findings.back().message = Refused(s, "content", *content, "str");
    return true;
  }
  for (const JsonMember& part : token.value.members) {
    const bool is_flag =
        std::find(std::begin(kFlags), std::end(kFlags), part.name) != std::end(kFlags);
    if (!is_flag || part.value.Is(Kind::kBool)) continue;
    findings.push_back(Failure(s, "WL-T-054",
                               fmt::format("{} of the added token {} is neither true nor false",
                                           part.name, Quote(token.name)),
                               place + "/" + part.name, part.value));
    findings.back().message = Refused(s, "", part.value, "bool");
    return true;
  }
  return false;
}

// Classes that make their normalizer of these keys, by their names without Fast.
bool NormalizesAsBert(const Situation& s, const TokenizerClass& tokenizer) {
  static constexpr std::string_view kAll[] = {"BertTokenizer", "ConvBertTokenizer",
                                              "DistilBertTokenizer"};
  static constexpr std::string_view kBefore5[] = {
      "ElectraTokenizer",    "FunnelTokenizer",   "LayoutLMTokenizer",
      "LayoutLMv2Tokenizer", "LxmertTokenizer",   "MobileBertTokenizer",
      "RetriBertTokenizer",  "SplinterTokenizer", "SqueezeBertTokenizer"};
  const auto is_in = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), tokenizer.slow) != std::end(names);
  };
  return is_in(kAll) || (is_in(kBefore5) && s.TransformersIs("<5.0.0"));
}

// From 5.0 on all classes but those in Python set this in the library.
bool JudgeSplitting(const Situation& s, const TokenizerClass& tokenizer, const JsonValue& config,
                    std::vector<CheckFinding>& findings) {
  const JsonValue* value = config.Find("split_special_tokens");
  if (value == nullptr || value->Is(Kind::kBool) || !s.TransformersIs(">=5.0.0")) return false;
  if (s.base.vocabularies.IsPythonIn5(tokenizer.slow)) return false;
  findings.push_back(Failure(s, "WL-T-055", "split_special_tokens is neither true nor false",
                             "/split_special_tokens", *value));
  findings.back().message = Refused(s, "value", *value, "bool");
  return true;
}

// Before 5 a number that Python says equals the bool of tokenizer.json changes nothing there.
bool IsTaken(const Situation& s, const JsonValue& value, bool may_be_null) {
  if (value.Is(Kind::kBool) || (may_be_null && value.Is(Kind::kNull))) return true;
  if (!value.Is(Kind::kNumber) || s.TransformersIs(">=5.0.0")) return false;
  const double number = std::strtod(value.text.c_str(), nullptr);
  return number == 0 || number == 1;
}

// Whether a space stands before a text: of GPT-2's classes a switch of what cuts it into words.
bool JudgeSpace(const Situation& s, const TokenizerClass& tokenizer, const JsonValue& config,
                std::vector<CheckFinding>& findings) {
  const JsonValue* value = config.Find("add_prefix_space");
  const bool is_one = tokenizer.slow == "GPT2Tokenizer" || tokenizer.slow == "RobertaTokenizer";
  if (value == nullptr || !is_one || IsTaken(s, *value, false)) return false;
  if (s.TransformersIs(">=4.47.0,<5.0.0")) return false;  // which leave it as it is
  if (s.TransformersIs("<5.0.0") && tokenizer.fast.empty()) return false;
  findings.push_back(Failure(s, "WL-T-055", "add_prefix_space is neither true nor false",
                             "/add_prefix_space", *value));
  findings.back().message = Refused(s, "add_prefix_space", *value, "bool");
  return true;
}

}  // namespace

void JudgeLibraryArguments(const Situation& s, const TokenizerClass& tokenizer,
                           std::vector<CheckFinding>& findings) {
  struct Argument {
    std::string_view key, name;
    bool may_be_null;
    bool since_17;  // before, it stays as tokenizer.json has it
  };
  static constexpr Argument kArguments[] = {
      {"tokenize_chinese_chars", "handle_chinese_chars", false, true},
      {"strip_accents", "strip_accents", true, false},
      {"do_lower_case", "lowercase", false, false}};
  const JsonValue* config = s.files.tokenizer_config.get();
  if (config == nullptr || s.TransformersIs("<4.0.0")) return;
  const JsonValue* added = config->Find("added_tokens_decoder");
  if (added != nullptr && s.TransformersIs(">=4.34.0")) {
    for (const JsonMember& token : added->members) {
      if (JudgeAddedToken(s, token, findings)) return;
    }
  }
  if (JudgeSpace(s, tokenizer, *config, findings)) return;
  if (JudgeSplitting(s, tokenizer, *config, findings) || !NormalizesAsBert(s, tokenizer)) return;
  if (s.TransformersIs("<5.0.0") && tokenizer.fast.empty()) return;
  for (const Argument& argument : kArguments) {
    const JsonValue* value = config->Find(argument.key);
    if (argument.since_17 && s.TransformersIs("<4.17.0")) continue;
    if (value == nullptr || IsTaken(s, *value, argument.may_be_null)) continue;
    findings.push_back(Failure(s, "WL-T-055",
                               fmt::format("{} is neither true nor false", argument.key),
                               "/" + std::string(argument.key), *value));
    findings.back().message = Refused(s, argument.name, *value, "bool");
    return;
  }
}

}  // namespace weighlock
