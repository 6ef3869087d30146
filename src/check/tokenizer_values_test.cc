// Values of other types than a tokenizer's class takes: where each rule holds, and where not.
#include <gtest/gtest.h>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

CheckedFiles Saying(const std::string& tokenizer_config) {
  return {{"config.json", R"({"model_type": "bert"})"},
          {"tokenizer_config.json", tokenizer_config},
          {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n"}};
}

CheckedFiles Asking(const std::string& more) {
  return Saying(R"({"tokenizer_class": "BertTokenizer", )" + more + "}");
}

constexpr const char* kBefore13 = "transformers==4.22.2,tokenizers==0.12.1,python==3.8";
constexpr const char* kIn4 = "transformers==4.37.2,tokenizers==0.15.2,python==3.10";
constexpr const char* kIn5 = "transformers==5.0.0,tokenizers==0.22.2,python==3.12";
constexpr const char* kNow = "transformers==5.23.0,tokenizers==0.23.3,python==3.12";

TEST(TokenizerValues, OfTheClass) {
  const CheckedFiles number = Saying(R"({"tokenizer_class": 5})");
  const CheckedFiles list = Saying(R"({"tokenizer_class": []})");
  const CheckedFiles text = Saying(R"({"tokenizer_class": "BertTokenizer"})");
  const CheckedFiles empty = Saying(R"({"tokenizer_class": ""})");
  const RuleCase cases[] = {
      {"WL-T-085", number, "transformers==4.22.2", "FAIL",
       "AttributeError: 'int' object has no attribute 'endswith'"},
      {"WL-T-085", number, kIn4, "FAIL", "TypeError: hasattr(): attribute name must be string"},
      {"WL-T-085", number, "transformers==4.57.3,python==3.12", "FAIL",
       "TypeError: attribute name must be string, not 'int'"},
      {"WL-T-085", number, kIn5, "FAIL", "AttributeError: 'int' object has no attribute 'replace'"},
      {"WL-T-085", number, kNow, "FAIL",
       "AttributeError: 'int' object has no attribute 'removesuffix'"},
      {"WL-T-085", Saying(R"({"tokenizer_class": null})"), kIn4, "", ""},
      {"WL-T-085", text, kIn4, "", ""},
      {"WL-T-085", list, kIn4, "", ""},
      {"WL-T-095", list, kIn4, "FAIL", "TypeError: hasattr(): attribute name must be string"},
      {"WL-T-095", list, kNow, "FAIL", "TypeError: unhashable type: 'list'"},
      {"WL-T-095", Saying(R"({"tokenizer_class": {}})"), kIn5, "FAIL",
       "AttributeError: 'dict' object has no attribute 'replace'"},
      {"WL-T-095", text, kNow, "", ""},
      {"WL-T-086", empty, kIn4, "FAIL",
       "ValueError: Tokenizer class  does not exist or is not currently imported."},
      {"WL-T-086", text, kIn4, "", ""},
      {"WL-T-086", empty, kIn5, "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfSides) {
  const RuleCase cases[] = {
      {"WL-T-031", Asking(R"("padding_side": null)"), kIn4, "FAIL",
       "ValueError: Padding side should be selected between 'right' and 'left', current value: "
       "None"},
      {"WL-T-031", Asking(R"("padding_side": [])"), "transformers==4.11.3", "FAIL",
       "AssertionError: Padding side should be selected between 'right' and 'left', current "
       "value: []"},
      {"WL-T-032", Asking(R"("truncation_side": 5)"), kNow, "FAIL",
       "ValueError: Truncation side should be selected between 'right' and 'left', current value: "
       "5"},
      {"WL-T-032", Asking(R"("truncation_side": "left")"), kNow, "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfAutoMap) {
  const CheckedFiles nulls = Asking(R"("auto_map": {"AutoTokenizer": [null, null]})");
  const CheckedFiles named = Asking(R"("auto_map": {"AutoTokenizer": ["a.B", null]})");
  const RuleCase cases[] = {
      {"WL-T-082", Asking(R"("auto_map": null)"), kIn4, "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'get'"},
      {"WL-T-082", Asking(R"("auto_map": null)"), "transformers==4.11.3", "", ""},
      {"WL-T-082", Asking(R"("auto_map": {})"), kIn4, "", ""},
      {"WL-T-083", Asking(R"("auto_map": ["a.B"])"), kIn5, "FAIL",
       "IndexError: list index out of range"},
      {"WL-T-083", Asking(R"("auto_map": ["a.B", null])"), kIn5, "", ""},
      {"WL-T-083", Asking(R"("auto_map": ["a.B"])"), kIn4, "", ""},
      {"WL-T-084", nulls, kNow, "FAIL", "TypeError: argument of type 'NoneType' is not iterable"},
      {"WL-T-084", nulls, kIn4, "", ""},
      {"WL-T-084", named, kNow, "", ""},
      {"WL-T-014", Asking(R"("auto_map": ["a.B", null])"), kIn4, "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfMoreTokens) {
  const CheckedFiles number = Asking(R"("additional_special_tokens": 5)");
  const CheckedFiles object = Asking(R"("additional_special_tokens": {"a": "<a>"})");
  const CheckedFiles numbers = Asking(R"("additional_special_tokens": [5])");
  const CheckedFiles texts = Asking(R"("additional_special_tokens": ["<a>"])");
  const CheckedFiles extra = Asking(R"("extra_special_tokens": "a")");
  const CheckedFiles extras = Asking(R"("extra_special_tokens": [null])");
  const char* const no_list =
      "TypeError: extra_special_tokens must be a list/tuple of tokens or a dict of named tokens";
  const char* const in_5 =
      "TypeError: extra_special_tokens must be a list/tuple of str or AddedToken, or a dict "
      "mapping names to tokens";
  const RuleCase cases[] = {
      {"WL-T-035", number, kIn4, "FAIL", "AssertionError: Value 5 is not a list or tuple"},
      {"WL-T-035", number, kIn5, "FAIL", in_5},
      {"WL-T-035", object, kIn4, "FAIL",
       "AssertionError: Value {'a': '<a>'} is not a list or tuple"},
      {"WL-T-035", object, kIn5, "", ""},
      {"WL-T-081", numbers, "transformers==4.5.1", "FAIL",
       "AssertionError: One of the tokens is not a string"},
      {"WL-T-081", numbers, kIn4, "FAIL",
       "AssertionError: One of the tokens is not a string or an AddedToken"},
      {"WL-T-081", numbers, kIn5, "FAIL", in_5},
      {"WL-T-081", numbers, kNow, "FAIL",
       "TypeError: Input must be a List[Union[str, AddedToken]]"},
      {"WL-T-081", texts, kNow, "", ""},
      {"WL-T-092", extra, kNow, "FAIL", no_list},
      {"WL-T-092", extra, kIn4, "", ""},
      {"WL-T-092", Asking(R"("extra_special_tokens": {"a": "<a>"})"), kNow, "", ""},
      {"WL-T-093", extras, kNow, "FAIL", "TypeError: Input must be a List[Union[str, AddedToken]]"},
      {"WL-T-093", Asking(R"("extra_special_tokens": ["<a>"])"), kNow, "", ""},
      {"WL-T-012", Asking(R"("extra_special_tokens": {"a": 5})"), kNow, "FAIL",
       "TypeError: Special token a has to be either str or AddedToken but got: <class 'int'>"},
      {"WL-T-012", Asking(R"("extra_special_tokens": {"a": 5})"), kIn4, "", ""},
      {"WL-T-094", Asking(R"("model_input_names": null)"), kNow, "FAIL",
       "TypeError: 'NoneType' object is not iterable"},
      {"WL-T-094", Asking(R"("model_input_names": null)"), kIn5, "", ""},
      {"WL-T-094", Asking(R"("model_input_names": ["input_ids"])"), kNow, "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfTemplates) {
  const CheckedFiles texts = Asking(R"("chat_template": ["a"])");
  const CheckedFiles unnamed = Asking(R"("chat_template": [{"template": "a"}])");
  const CheckedFiles half = Asking(R"("chat_template": [{"name": "a"}])");
  const CheckedFiles whole = Asking(R"("chat_template": [{"name": "a", "template": "b"}])");
  const RuleCase cases[] = {
      {"WL-T-087", texts, kNow, "FAIL", "TypeError: string indices must be integers, not 'str'"},
      {"WL-T-087", texts, "transformers==4.45.2,python==3.10", "FAIL",
       "TypeError: string indices must be integers"},
      {"WL-T-087", texts, kIn4, "", ""},
      {"WL-T-087", Asking(R"("chat_template": "a")"), kNow, "", ""},
      {"WL-T-088", unnamed, kNow, "FAIL", "KeyError: 'name'"},
      {"WL-T-088", whole, kNow, "", ""},
      {"WL-T-089", half, kNow, "FAIL", "KeyError: 'template'"},
      {"WL-T-089", half, kIn4, "", ""},
      {"WL-T-089", whole, kNow, "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfAddedTokens) {
  const auto token = [](const std::string& parts) {
    return Asking(R"("added_tokens_decoder": {"6": {)" + parts + "}}");
  };
  const CheckedFiles text = token(R"("content": "<a>", "lstrip": "no")");
  const CheckedFiles number = token(R"("content": 5, "lstrip": false)");
  const RuleCase cases[] = {
      {"WL-T-054", text, kIn4, "FAIL", "TypeError: 'str' object cannot be converted to 'PyBool'"},
      {"WL-T-054", text, kNow, "FAIL", "TypeError: 'str' object is not an instance of 'bool'"},
      {"WL-T-054", token(R"("content": "<a>", "special": null)"), kNow, "FAIL",
       "TypeError: 'None' is not an instance of 'bool'"},
      {"WL-T-054", number, kIn5, "FAIL",
       "TypeError: argument 'content': 'int' object cannot be converted to 'PyString'"},
      {"WL-T-054", token(R"("content": "<a>", "lstrip": true)"), kNow, "", ""},
      {"WL-T-054", text, "transformers==4.33.3,tokenizers==0.13.3", "", ""},
      {"WL-T-033", Asking(R"("added_tokens_decoder": 5)"), kNow, "FAIL",
       "AttributeError: 'int' object has no attribute 'items'"},
      {"WL-T-034", Asking(R"("added_tokens_decoder": {" 6 ": {"content": "<a>"}})"), kNow, "", ""},
      {"WL-T-034", Asking(R"("added_tokens_decoder": {"1_0": {"content": "<a>"}})"), kNow, "", ""},
      {"WL-T-034", Asking(R"("added_tokens_decoder": {"1__0": {"content": "<a>"}})"), kNow, "FAIL",
       "ValueError: invalid literal for int() with base 10: '1__0'"},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfSwitches) {
  const CheckedFiles lower = Asking(R"("do_lower_case": "yes")");
  const CheckedFiles one = Asking(R"("do_lower_case": 1)");
  const CheckedFiles space = With(
      Saying(R"({"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": null})"), "tokenizer.json",
      R"({"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
               "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false,
                                 "trim_offsets": true}})");
  const CheckedFiles chinese = Asking(R"("tokenize_chinese_chars": null)");
  const RuleCase cases[] = {
      {"WL-T-055", lower, kBefore13, "FAIL", "TypeError: Can't convert 'yes' to PyBool"},
      {"WL-T-055", lower, kIn4, "FAIL",
       "TypeError: argument 'lowercase': 'str' object cannot be converted to 'PyBool'"},
      {"WL-T-055", lower, kNow, "FAIL", "TypeError: 'str' object is not an instance of 'bool'"},
      {"WL-T-055", one, kIn4, "", ""},
      {"WL-T-055", one, kNow, "FAIL", "TypeError: 'int' object is not an instance of 'bool'"},
      {"WL-T-055", chinese, "transformers==4.11.3,tokenizers==0.10.3", "", ""},
      {"WL-T-055", chinese, kIn5, "FAIL",
       "TypeError: argument 'handle_chinese_chars': 'NoneType' object cannot be converted to "
       "'PyBool'"},
      {"WL-T-055", Asking(R"("strip_accents": null)"), kNow, "", ""},
      {"WL-T-055", Asking(R"("split_special_tokens": null)"), kNow, "FAIL",
       "TypeError: 'None' is not an instance of 'bool'"},
      {"WL-T-055", Asking(R"("split_special_tokens": null)"), kIn4, "", ""},
      {"WL-T-055", space, kIn4, "FAIL",
       "TypeError: argument 'add_prefix_space': 'NoneType' object cannot be converted to 'PyBool'"},
      {"WL-T-055", space, "transformers==4.57.3,tokenizers==0.22.2", "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfTheMap) {
  const auto map = [](const char* text) {
    return With(Asking(R"("x": 1)"), "special_tokens_map.json", text);
  };
  const char* const message = "TypeError: Input must be a List[Union[str, AddedToken]]";
  const RuleCase cases[] = {
      {"WL-T-056", map(R"({"cls_token": 5})"), "transformers==4.30.2", "FAIL", message},
      {"WL-T-056", map(R"({"additional_special_tokens": [5]})"), "transformers==4.11.3", "FAIL",
       message},
      {"WL-T-056", map(R"({"cls_token": "[CLS]"})"), "transformers==4.30.2", "", ""},
      {"WL-T-056", map(R"({"a_token": 5})"), "transformers==4.30.2", "", ""},
  };
  TryRules(cases);
}

TEST(TokenizerValues, OfLinesThatMoved) {
  const auto words = [](const std::string& text) {
    CheckedFiles files = Asking(R"("x": 1)");
    files["config.json"] = R"({"model_type": "bert", "vocab_size": 6})";
    files["vocab.txt"] = text;
    return files;
  };
  const RuleCase cases[] = {
      {"WL-T-063", words("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\na\n"), kNow, "DIFFERS", ""},
      {"WL-T-063", words("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[SEP]\n[MASK]\na\n"), kIn4, "DIFFERS", ""},
      {"WL-T-063", words("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n\n\n"), kNow, "", ""},
      {"WL-T-063", words("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\n"), kNow, "", ""},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock
