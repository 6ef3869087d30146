// What tokenizers are made from, and the files beside: where each rule holds, and where not.
#include <gtest/gtest.h>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

constexpr const char* kTokenizerJson =
    R"({"version": "1.0", "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}})";
constexpr const char* kStat =
    "TypeError: stat: path should be string, bytes, os.PathLike or integer, not NoneType";
constexpr const char* kOpen = "TypeError: expected str, bytes or os.PathLike object, not NoneType";
constexpr const char* kPointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
constexpr const char* kNoBackend =
    "ValueError: Couldn't instantiate the backend tokenizer from one of: \n(1) a `tokenizers` "
    "library serialization file, \n(2) a slow tokenizer instance to convert or \n(3) an equivalent "
    "slow tokenizer class to instantiate and convert. \nYou need to have sentencepiece installed "
    "to convert a slow tokenizer to a fast one.";

// With a tokenizer's files and no others: what is made of them is the class's matter.
CheckedFiles Of(const std::string& tokenizer, const CheckedFiles& vocabulary) {
  CheckedFiles files = vocabulary;
  files["config.json"] = R"({"model_type": "bert"})";
  files["tokenizer_config.json"] = R"({"tokenizer_class": ")" + tokenizer + "\"}";
  return files;
}

CheckedFiles Asking(const std::string& more) {
  return Of(R"(BertTokenizer", )" + more + R"(, "x": ")", {{"vocab.txt", "a\n"}});
}

TEST(TokenizerRules, AVocabularyThatIsMissing) {
  const std::string piece("\x0a\x03\x0a\x01\x61", 5);
  const CheckedFiles bert = Of("BertTokenizer", {}), gpt2 = Of("GPT2Tokenizer", {});
  const CheckedFiles half = Of("GPT2Tokenizer", {{"vocab.json", "{}"}});
  const CheckedFiles t5 = Of("T5Tokenizer", {}), xlmr = Of("XLMRobertaTokenizer", {});
  const CheckedFiles json = {{"tokenizer.json", kTokenizerJson}};
  const CheckedFiles whole = Of("T5Tokenizer", {{"spiece.model", piece}});
  const RuleCase cases[] = {
      {"WL-T-020", bert, "transformers==4.28.1", "FAIL", kStat},
      {"WL-T-020", Of("BertTokenizer", json), "transformers==4.28.1", "", ""},
      {"WL-T-020", Without(SmallModel(R"({"model_type": "bert"})"), "vocab.txt"),
       "transformers==3.5.1", "FAIL", kStat},
      {"WL-T-020", gpt2, "transformers==4.28.1", "FAIL", kOpen},
      {"WL-T-020", half, "transformers==4.28.1", "FAIL", kOpen},
      {"WL-T-020", half, "transformers==5.4.0", "FAIL",
       "ValueError: `vocab` and `merges` must be both be from memory or both filenames"},
      {"WL-T-020", t5, "transformers==4.28.1,sentencepiece==0.1.99", "FAIL",
       "TypeError: not a string"},
      {"WL-T-020", t5, "transformers==4.28.1,sentencepiece==0.2.2", "FAIL",
       "ValueError: Either model_file or model_proto must be specified."},
      {"WL-T-020", t5, "transformers==4.28.1", "FAIL", ""},
      {"WL-T-020", xlmr, "transformers==4.57.1,sentencepiece==0.2.0", "FAIL",
       "OSError: Unable to load vocabulary from file. Please check that the provided vocabulary is "
       "accessible and not corrupted."},
      {"WL-T-020", whole, "transformers==4.28.1,sentencepiece==0.2.0", "", ""},
      {"WL-T-061", Of("DebertaV2Tokenizer", {{"spm.model", piece}}),
       "transformers==5.2.0,sentencepiece==0.2.0", "DIFFERS", ""},
      {"WL-T-061", Of("DebertaV2Tokenizer", {{"spm.model", piece}}),
       "transformers==5.4.0,sentencepiece==0.2.0", "", ""},
      {"WL-T-020", Of("MarianTokenizer", json), "transformers==4.28.1,python==3.9", "FAIL", kOpen},
      {"WL-T-020", Of("MarianTokenizer", json), "transformers==5.4.0,python==3.12", "FAIL",
       "TypeError: argument should be a str or an os.PathLike object where __fspath__ returns a "
       "str, not 'NoneType'"},
      {"WL-T-026", bert, "transformers==5.4.0", "DIFFERS", ""},
      {"WL-T-026", Of("BertTokenizer", json), "transformers==5.4.0", "", ""},
      {"WL-T-028", Of("GPTNeoXTokenizer", {}), "transformers==4.28.1", "FAIL", kNoBackend},
      {"WL-T-028", Of("GPTNeoXTokenizer", json), "transformers==4.28.1", "", ""},
      {"WL-T-008", Without(Without(bert, "vocab.txt"), "tokenizer_config.json"),
       "transformers==4.57.1", "FAIL", kStat},
  };
  TryRules(cases);
}

TEST(TokenizerRules, AVocabularyThatCannotBeRead) {
  const CheckedFiles cut = Of("T5Tokenizer", {{"spiece.model", std::string("\x0a\x09\x0a", 3)}});
  const CheckedFiles pointer = Of("T5Tokenizer", {{"spiece.model", kPointer}});
  const CheckedFiles empty = Of("T5Tokenizer", {{"spiece.model", ""}});
  const CheckedFiles albert = Of("AlbertTokenizer", {{"spiece.model", ""}});
  const CheckedFiles marian =
      Of("MarianTokenizer", {{"source.spm", kPointer}, {"target.spm", "x"}, {"vocab.json", "{}"}});
  const CheckedFiles words = Of("GPT2Tokenizer", {{"vocab.json", ""}, {"merges.txt", "a b\n"}});
  const CheckedFiles parsed =
      Of(R"(LlamaTokenizer", "legacy": false, "x": ")", {{"tokenizer.model", kPointer}});
  const RuleCase cases[] = {
      {"WL-T-027", cut, "transformers==4.28.1,sentencepiece==0.2.0", "FAIL",
       "RuntimeError: Internal: could not parse ModelProto from PKG/spiece.model"},
      {"WL-T-027", pointer, "transformers==4.28.1,sentencepiece==0.1.99", "FAIL",
       "RuntimeError: Internal: src/sentencepiece_processor.cc(1101) "
       "[model_proto->ParseFromArray(serialized.data(), serialized.size())] "},
      {"WL-T-027", empty, "transformers==4.28.1,sentencepiece==0.2.0", "FAIL",
       "RuntimeError: Internal: unk is not defined."},
      {"WL-T-027", pointer, "transformers==5.4.0,sentencepiece==0.2.0", "FAIL",
       "ValueError: `tiktoken` is required to read a `tiktoken` file. Install it with `pip install "
       "tiktoken`."},
      {"WL-T-027", empty, "transformers==5.4.0,sentencepiece==0.2.0", "DIFFERS", ""},
      {"WL-T-027", albert, "transformers==5.4.0,sentencepiece==0.2.0", "FAIL",
       "Exception: Error while loading Unigram: The vocabulary is empty but at least <unk> is "
       "needed"},
      {"WL-T-027", marian, "transformers==4.57.1,sentencepiece==0.2.0", "DIFFERS", ""},
      {"WL-T-027", parsed, "transformers==4.44.2,sentencepiece==0.2.0,protobuf==5.29.5", "FAIL",
       "DecodeError: Error parsing message with type 'sentencepiece.ModelProto'"},
      {"WL-T-027", parsed, "transformers==4.44.2,sentencepiece==0.2.0,protobuf==7.36.2", "FAIL",
       "DecodeError: Error parsing message with type 'sentencepiece.ModelProto': Wire format was "
       "corrupt"},
      {"WL-T-027", words, "transformers==4.28.1", "FAIL",
       "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"},
      {"WL-T-027", words, "transformers==5.4.0", "FAIL",
       "Exception: Error while initializing BPE: EOF while parsing a value at line 1 column 0"},
      {"WL-T-027", Of("GPT2Tokenizer", {{"vocab.json", "{}"}, {"merges.txt", "a b\n"}}),
       "transformers==4.28.1", "", ""},
      {"WL-T-027", Of("GPT2Tokenizer", {{"vocab.json", "{}"}, {"merges.txt", kPointer}}),
       "transformers==4.28.1", "FAIL",
       "Exception: Error while initializing BPE: Token `oid` out of vocabulary"},
      {"WL-T-027", Of("GPT2Tokenizer", {{"vocab.json", "{}"}, {"merges.txt", kPointer}}),
       "transformers==5.4.0", "FAIL",
       "Exception: Error while initializing BPE: Token `version` out of vocabulary"},
  };
  TryRules(cases);
}

TEST(TokenizerRules, FilesBeside) {
  const CheckedFiles bert = Of("BertTokenizer", {{"vocab.txt", "a\n"}});
  const CheckedFiles says_all = Asking(R"("added_tokens_decoder": {})");
  const CheckedFiles number = With(bert, "special_tokens_map.json", R"({"pad_token": 0})");
  const CheckedFiles broken = With(bert, "tokenizer.json", "");
  const char* const words = "JSONDecodeError: Expecting value: line 1 column 1 (char 0)";
  const RuleCase cases[] = {
      {"WL-T-030", With(bert, "special_tokens_map.json", ""), "transformers==4.28.1", "FAIL",
       words},
      {"WL-T-030", With(bert, "added_tokens.json", "null"), "transformers==4.57.1", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'items'"},
      {"WL-T-030", With(says_all, "added_tokens.json", "null"), "transformers==4.57.1", "", ""},
      {"WL-T-030", With(says_all, "added_tokens.json", "[]"), "transformers==4.33.3", "FAIL",
       "AttributeError: 'list' object has no attribute 'items'"},
      {"WL-T-030", With(broken, "added_tokens.json", ""), "transformers==4.28.1", "", ""},
      {"WL-T-030", With(broken, "added_tokens.json", ""), "transformers==4.57.1", "FAIL", words},
      {"WL-T-009", With(bert, "tokenizer_config.json", "null"), "transformers==4.57.1", "FAIL",
       "TypeError: 'NoneType' object does not support item assignment"},
      {"WL-T-009", With(bert, "tokenizer_config.json", "null"), "transformers==5.23.0", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'get'"},
      {"WL-T-009", With(bert, "tokenizer_config.json", "{\"a\": \"\xe9\"}"), "transformers==4.57.1",
       "FAIL",
       "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9 in position 7: invalid "
       "continuation byte"},
      {"WL-T-012", number, "transformers==4.57.1", "FAIL",
       "TypeError: Special token pad_token has to be either str or AddedToken but got: <class "
       "'int'>"},
      {"WL-T-012", number, "transformers==4.33.3", "", ""},
      {"WL-T-012", Asking(R"("pad_token": {"content": "x"})"), "transformers==4.28.1", "FAIL",
       "TypeError: special token pad_token has to be either str or AddedToken but got: <class "
       "'dict'>"},
  };
  TryRules(cases);
}

TEST(TokenizerRules, ValuesOfTheConfig) {
  const CheckedFiles side = Asking(R"("padding_side": "middle")");
  const CheckedFiles cut = Asking(R"("truncation_side": "up")");
  const CheckedFiles list = Asking(R"("added_tokens_decoder": [])");
  const CheckedFiles odd = Asking(R"("added_tokens_decoder": {"x": {"content": "a"}})");
  const CheckedFiles text = Asking(R"("additional_special_tokens": "<a>")");
  const CheckedFiles path = With(Asking(R"("tokenizer_file": "/nowhere/tokenizer.json")"),
                                 "tokenizer.json", kTokenizerJson);
  CheckedFiles pads = Asking(R"("pad_token": null)");
  pads["config.json"] = R"({"model_type": "bert", "pad_token_id": 0})";
  const CheckedFiles texts = Asking(R"("added_tokens_decoder": {"0": "a"})");
  const char* no_token =
      "ValueError: Found a <class 'str'> in the saved `added_tokens_decoder`, should be a "
      "dictionary or an AddedToken instance";
  const CheckedFiles map =
      With(Asking(R"("a": 1)"), "special_tokens_map.json",
           R"({"additional_special_tokens": [{"content": "<a>", "lstrip": false}]})");
  const CheckedFiles six =
      Of("DebertaV2Tokenizer", {{"spm.model", std::string("\x0a\x03\x0a\x01\x61", 5)}});
  const char* in_11 = "transformers==4.11.3,sacremoses==0.1.1,sentencepiece==0.2.0";
  CheckedFiles left = With(Of("LlamaTokenizer", {}), "tokenizer.json",
                           R"({"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}}})");
  left["config.json"] = R"({"model_type": "mixtral", "vocab_size": 1})";
  const CheckedFiles of_llama =
      With(left, "config.json", R"({"model_type": "llama", "vocab_size": 1})");
  CheckedFiles beyond = Of("BertTokenizer", {{"tokenizer.json", R"({"version": "1.0",
            "normalizer": {"type": "BertNormalizer", "clean_text": true,
                           "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
            "model": {"type": "WordPiece", "unk_token": "a", "continuing_subword_prefix": "##",
                      "max_input_chars_per_word": 100, "vocab": {"a": 0, "b": 7 }}})"}});
  beyond["config.json"] = R"({"model_type": "bert", "vocab_size": 7})";
  const CheckedFiles within =
      With(beyond, "config.json", R"({"model_type": "bert", "vocab_size": 8})");
  const CheckedFiles bos = Of(R"(GPT2Tokenizer", "add_bos_token": true, "x": ")",
                              {{"vocab.json", "{}"}, {"merges.txt", "#version: 0.2\n"}});
  const RuleCase cases[] = {
      {"WL-T-031", side, "transformers==4.57.1", "FAIL",
       "ValueError: Padding side should be selected between 'right' and 'left', current value: "
       "middle"},
      {"WL-T-031", side, "transformers==4.11.3", "FAIL",
       "AssertionError: Padding side should be selected between 'right' and 'left', current value: "
       "middle"},
      {"WL-T-031", Asking(R"("padding_side": "left")"), "transformers==4.57.1", "", ""},
      {"WL-T-052", texts, "transformers==4.37.2", "FAIL", no_token},
      {"WL-T-052", texts, "transformers==4.33.3", "", ""},
      {"WL-T-052", Asking(R"("added_tokens_decoder": {"0": {"content": "a"}})"),
       "transformers==4.37.2", "", ""},
      {"WL-T-053", map, "transformers==5.3.0,tokenizers==0.22.2", "FAIL",
       "TypeError: Input must be a List[Union[str, AddedToken]]"},
      {"WL-T-053", map, "transformers==5.0.0,tokenizers==0.22.2", "FAIL",
       "TypeError: extra_special_tokens must be a list/tuple of str or AddedToken, or a dict "
       "mapping names to tokens"},
      {"WL-T-053", map, "transformers==4.57.1", "", ""},
      {"WL-T-053",
       With(map, "special_tokens_map.json", R"({"additional_special_tokens": ["<a>"]})"),
       "transformers==5.23.0,tokenizers==0.22.2", "", ""},
      {"WL-T-072", six, in_11, "FAIL", "ModuleNotFoundError: No module named 'six'"},
      {"WL-T-072", six, "transformers==4.11.3,sacremoses==0.1.1,six==1.16.0", "", ""},
      {"WL-T-072", six, "transformers==4.22.2,sacremoses==0.1.1", "", ""},
      {"WL-T-073", left, "transformers==5.23.0,tokenizers==0.22.2", "DIFFERS", ""},
      {"WL-T-073", left, "transformers==4.57.1,tokenizers==0.22.1", "", ""},
      {"WL-T-073",
       With(left, "tokenizer_config.json",
            R"({"tokenizer_class": "LlamaTokenizer", "padding_side": "left"})"),
       "transformers==5.23.0,tokenizers==0.22.2", "", ""},
      {"WL-T-073", of_llama, "transformers==5.0.0,tokenizers==0.22.2", "DIFFERS", ""},
      {"WL-T-073", of_llama, "transformers==5.23.0,tokenizers==0.22.2", "", ""},
      {"WL-T-074", beyond, "transformers==4.57.1,tokenizers==0.22.1", "DIFFERS", ""},
      {"WL-T-074", within, "transformers==4.57.1,tokenizers==0.22.1", "", ""},
      {"WL-T-032", cut, "transformers==4.38.2", "FAIL",
       "ValueError: Padding side should be selected between 'right' and 'left', current value: up"},
      {"WL-T-032", cut, "transformers==4.39.3", "FAIL",
       "ValueError: Truncation side should be selected between 'right' and 'left', current value: "
       "up"},
      {"WL-T-032", cut, "transformers==4.16.2", "", ""},
      {"WL-T-033", list, "transformers==4.57.1", "FAIL",
       "AttributeError: 'list' object has no attribute 'items'"},
      {"WL-T-033", list, "transformers==4.33.3", "", ""},
      {"WL-T-034", odd, "transformers==4.57.1", "FAIL",
       "ValueError: invalid literal for int() with base 10: 'x'"},
      {"WL-T-034", odd, "transformers==4.33.3", "", ""},
      {"WL-T-035", text, "transformers==4.57.1", "FAIL",
       "AssertionError: Value <a> is not a list or tuple"},
      {"WL-T-035", text, "transformers==5.4.0", "FAIL",
       "TypeError: extra_special_tokens must be a list/tuple of tokens or a dict of named tokens"},
      {"WL-T-035", Asking(R"("additional_special_tokens": ["<a>"])"), "transformers==4.57.1", "",
       ""},
      {"WL-T-036", path, "transformers==4.57.1", "FAIL",
       "Exception: No such file or directory (os error 2)"},
      {"WL-T-036", path, "transformers==5.4.0", "", ""},
      {"WL-T-031", Asking(R"("padding_side": "no")"), "transformers==5.5.4,protobuf=absent", "FAIL",
       "ImportError: \n requires the protobuf library but it was not found in your environment. "
       "Check out the instructions on the\ninstallation page of its repo: "
       "https://github.com/protocolbuffers/protobuf/tree/master/python#installation and follow the "
       "ones\nthat match your environment. Please note that you may need to restart your runtime "
       "after installation.\n"},
      {"WL-T-031", Asking(R"("padding_side": "no")"), "transformers==5.6.2,protobuf=absent", "FAIL",
       "ValueError: Padding side should be selected between 'right' and 'left', current value: no"},
      {"WL-T-071", pads, "transformers==4.57.1", "DIFFERS", ""},
      {"WL-T-071", Asking(R"("pad_token": null)"), "transformers==4.57.1", "", ""},
      {"WL-T-070", bos, "transformers==4.20.1", "FAIL",
       "ValueError: Current"
       "y GPT2's fast tokenizer does NOT support adding a BOS token.Instead you "
       "should use GPT2's slow tokenizer class `GPT2Tokenizer` as follows: "
       "\n`GPT2Tokenizer.from_pretrained('PKG')`\nor\n`AutoTokenizer.from_pretrained('PKG', "
       "use_fast=False)`\nThis issue will be fixed soon, see: "
       "https://github.com/huggingface/tokenizers/pull/1005. so that the fast tokenizer works "
       "correctly."},
      {"WL-T-070", bos, "transformers==4.19.4", "", ""},
      {"WL-T-070", bos, "transformers==4.22.0", "", ""},
      {"WL-T-037", Asking(R"("model_max_length": "512")"), "transformers==4.57.1", "OK", ""},
      {"WL-T-037", Asking(R"("model_max_length": 512)"), "transformers==4.57.1", "", ""},
      {"WL-T-002", Asking(R"("extra_special_tokens": null)"), "transformers==4.57.1", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'keys'"},
      {"WL-T-010", Asking(R"("encode": 1)"), "transformers==4.57.1", "FAIL",
       "AttributeError: encode conflicts with the method encode in BertTokenizer"},
  };
  TryRules(cases);
}

// Messages of real runtimes, asked in 4.30.2, 4.45.2 and 5.23.0.
TEST(TokenizerRules, WhatVocabulariesHold) {
  const auto gpt2 = [](const std::string& vocab, const std::string& merges) {
    return Of("GPT2Tokenizer", {{"vocab.json", vocab}, {"merges.txt", merges}});
  };
  const auto bert = [](const std::string& vocab, int size = 9) {
    CheckedFiles files = Of("BertTokenizer", {{"vocab.txt", vocab}});
    files["config.json"] = R"({"model_type": "bert", "vocab_size": )" + std::to_string(size) + "}";
    return files;
  };
  const std::string tokens = R"({"a": 0, "b": 1, "ab": 2, "c": 3})", head = "#version: 0.2\n";
  const std::string pieces = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n";
  const char* four = "transformers==4.45.2,tokenizers==0.20.3,python==3.10";
  const char* five = "transformers==5.23.0,tokenizers==0.23.3";
  const RuleCase cases[] = {
      {"WL-T-062", gpt2(tokens, head + "a b\n"), four, "", ""},
      {"WL-T-062", gpt2(tokens, head + "a b\n"), five, "", ""},
      {"WL-T-062", gpt2(tokens, head + "a c\n"), four, "FAIL",
       "Exception: Error while initializing BPE: Token `ac` out of vocabulary"},
      {"WL-T-062", gpt2(tokens, head + "a b\n\n"), five, "FAIL",
       "Exception: Error while initializing BPE: Merges text file invalid at line 2"},
      {"WL-T-062", gpt2(tokens, head + "a b c\n"), four, "FAIL",
       "TypeError: argument 'merges': failed to extract enum PyMerges ('Merges | Filename')\n- "
       "variant Merges (Merges): TypeError: failed to extract field PyMerges::Merges.0, caused by "
       "ValueError: expected tuple of length 2, but got tuple of length 3\n- variant Filename "
       "(Filename): TypeError: failed to extract field PyMerges::Filename.0, caused by TypeError: "
       "'list' object cannot be converted to 'PyString'"},
      {"WL-T-062", gpt2(tokens, head + "a\tb\n"), four, "", ""},
      {"WL-T-062", gpt2(tokens, head + "a\tb\n"), five, "FAIL",
       "Exception: Error while initializing BPE: Merges text file invalid at line 1"},
      {"WL-T-062", gpt2("[1]", head), five, "FAIL",
       "Exception: Error while initializing BPE: Bad vocabulary json file"},
      {"WL-T-062", gpt2(R"({"a": true, "b": 1})", head), four, "", ""},
      {"WL-T-062", bert(pieces + "\xe9\n"), five, "FAIL",
       "Exception: Error while initializing WordPiece: stream did not contain valid UTF-8"},
      {"WL-T-062", bert(pieces + "\u00e9\n"), five, "", ""},
      {"WL-T-063", bert(pieces), four, "", ""},
      {"WL-T-063", bert("[PAD]\n[UNK]\n[SEP]\na\n"), four, "DIFFERS", ""},
      {"WL-T-063", bert("[PAD]\n[UNK]\n[SEP]\na\n"), five, "DIFFERS", ""},
      {"WL-T-063", bert(pieces + "[SEP]\n", 5), four, "DIFFERS", ""},
      {"WL-T-063", bert(pieces + "[SEP]\n", 6), four, "", ""},
      {"WL-T-064", gpt2(tokens, "a b\n"), four, "DIFFERS", ""},
      {"WL-T-064", gpt2(tokens, "a b\n"), five, "", ""},
      {"WL-T-064", gpt2(tokens, head + "a b\n"), four, "", ""},
      {"WL-T-064", gpt2(tokens, ""), five, "DIFFERS", ""},
  };
  TryRules(cases);
}

// The least that a model of this kind is read from.
std::string ModelOf(const std::string& kind) {
  const std::string type = R"({"type": ")" + kind + R"(", )";
  if (kind == "BPE") return type + R"("vocab": {"a": 0}, "merges": []})";
  if (kind == "Unigram") return type + R"("vocab": [["a", 0.0]]})";
  return type + R"("vocab": {"a": 0}, "unk_token": "a", "continuing_subword_prefix": "##",)" +
         R"( "max_input_chars_per_word": 100})";
}

// A tokenizer.json of some kind, under the name of a class.
CheckedFiles Json(const std::string& tokenizer, const std::string& model,
                  const std::string& parts) {
  return Of(tokenizer, {{"tokenizer.json", R"({"version": "1.0", )" + parts + R"("model": )" +
                                               ModelOf(model) + "}"}});
}

TEST(TokenizerRules, WhatAClassMakesAnew) {
  const std::string around =
      R"("post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}], "pair": [], "special_tokens": {}}, )";
  const std::string bare =
      R"("post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}], "pair": [], "special_tokens": {}}, )";
  const std::string lowers = R"("normalizer": {"type": "Lowercase"}, )";
  const std::string bytes =
      R"("pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}, )";
  const CheckedFiles llama = Json("LlamaTokenizer", "BPE", bare);
  const CheckedFiles without =
      Json(R"(LlamaTokenizer", "add_bos_token": false, "x": ")", "BPE", bare);
  const CheckedFiles space =
      Json(R"(LlamaTokenizer", "add_prefix_space": true, "x": ")", "BPE", around);
  CheckedFiles classless =
      With(Json("", "BPE", bytes), "config.json", R"({"model_type": "llama"})");
  classless.erase("tokenizer_config.json");
  const char* in_33 = "transformers==4.33.3,tokenizers==0.13.3,python==3.9,sentencepiece==0.2.0";
  const char* in_46 = "transformers==4.46.3,tokenizers==0.20.3,python==3.10,sentencepiece==0.2.0";
  const char* in_51 = "transformers==4.51.3,tokenizers==0.21.4,python==3.12,sentencepiece==0.2.0";
  const char* in_58 = "transformers==5.8.1,tokenizers==0.22.2";
  const RuleCase cases[] = {
      {"WL-T-038", llama, in_46, "DIFFERS", ""},
      {"WL-T-038", without, in_46, "", ""},
      {"WL-T-038", Json("LlamaTokenizer", "BPE", around), in_46, "", ""},
      {"WL-T-038", Json("GemmaTokenizer", "BPE", around), in_46, "DIFFERS", ""},
      {"WL-T-038", llama, in_58, "", ""},
      {"WL-T-038", Json("LlamaTokenizer", "BPE", bytes), in_46, "", ""},
      {"WL-T-038",
       With(Json("LlamaTokenizer", "BPE", bytes), "config.json",
            R"({"model_type": "llama", "transformers_version": "5.1.0"})"),
       in_46, "DIFFERS", ""},
      {"WL-T-038",
       With(Json("LlamaTokenizer", "BPE", bytes), "tokenizer_config.json", R"({"eos_token": "b"})"),
       in_46, "", ""},
      {"WL-T-038", classless, in_46, "DIFFERS", ""},
      {"WL-T-060", classless, in_33, "FAIL",
       "RecursionError: maximum recursion depth exceeded while calling a Python object"},
      {"WL-T-060", With(classless, "tokenizer_config.json", R"({"bos_token": "a"})"), in_33, "",
       ""},
      {"WL-T-060", classless, in_46, "", ""},
      {"WL-T-020", space, in_46, "FAIL", "TypeError: not a string"},
      {"WL-T-020", Json("LlamaTokenizer", "BPE", around), in_46, "", ""},
      {"WL-T-039", Json("T5Tokenizer", "BPE", ""), in_58, "FAIL",
       "TypeError: argument 'vocab': 'dict' object cannot be converted to 'Sequence'"},
      {"WL-T-039", Json("T5Tokenizer", "BPE", ""),
       "transformers==5.23.0,tokenizers==0.23.3,protobuf==5.29.5", "FAIL",
       "TypeError: 'dict' object is not an instance of 'Sequence'"},
      {"WL-T-039", Json("LlamaTokenizer", "BPE", bytes), in_58, "DIFFERS", ""},
      {"WL-T-039", Json("LlamaTokenizer", "BPE", bytes), "transformers==5.22.0,tokenizers==0.22.2",
       "", ""},
      {"WL-T-039", Json("GPT2Tokenizer", "BPE", bytes), in_58, "", ""},
      {"WL-T-039", Json("T5Tokenizer", "BPE", ""), in_51, "", ""},
      {"WL-T-040", Json("BertTokenizer", "BPE", bytes), in_46, "FAIL",
       "AttributeError: 'NoneType' object has no attribute '__getstate__'"},
      {"WL-T-040", Json("BertTokenizer", "BPE", bytes),
       "transformers==4.11.3,tokenizers==0.10.3,python==3.8", "FAIL",
       "AttributeError: 'NoneType' object has no attribute '__getstate__'"},
      {"WL-T-040", Json("CodeGenTokenizer", "BPE", lowers),
       "transformers==4.21.3,tokenizers==0.12.1,python==3.8", "", ""},
      {"WL-T-040", Json("BertTokenizer", "BPE", bytes), in_51, "FAIL",
       "TypeError: the JSON object must be str, bytes or bytearray, not NoneType"},
      {"WL-T-040", Json("BertTokenizer", "BPE", lowers), in_51, "", ""},
      {"WL-T-040", Json("GPT2Tokenizer", "BPE", lowers), in_46, "FAIL",
       "AttributeError: 'NoneType' object has no attribute '__getstate__'"},
      {"WL-T-040", Json("GPT2Tokenizer", "BPE", lowers), in_51, "", ""},
      {"WL-T-041", Of("BertTokenizer", {{"vocab.txt", kPointer}}), in_46, "DIFFERS", ""},
      {"WL-T-041", Of("BertTokenizer", {{"vocab.txt", "a\n[UNK]\n"}}), in_46, "", ""},
      {"WL-T-041", Of("BertTokenizer", {{"vocab.txt", "a\r\n[UNK]\r\n"}}), in_58, "", ""},
      {"WL-T-001", With(Of("TokenizersBackend", {{"vocab.txt", "a\n"}}), "added_tokens.json", ""),
       in_46, "FAIL",
       "ValueError: Tokenizer class TokenizersBackend does not exist or is not currently "
       "imported."},
  };
  TryRules(cases);
}

TEST(TokenizerRules, SpecialTokensThatAreObjects) {
  const std::string decoder =
      R"("added_tokens_decoder": {"4": {"content": "[M]", "special": true}})";
  const std::string token = R"({"__type": "AddedToken", "content": "[M]"})";
  const CheckedFiles both = Asking(decoder + R"(, "mask_token": )" + token);
  const CheckedFiles empty = Asking(R"("added_tokens_decoder": {}, "mask_token": )" + token);
  const CheckedFiles bare = Asking(decoder + R"(, "mask_token": {"content": "[M]"})");
  const CheckedFiles mapped =
      With(Asking(R"("y": 1)"), "special_tokens_map.json", R"({"mask_token": {"content": "[M]"}})");
  const char* unhashable = "TypeError: unhashable type: 'dict'";
  const RuleCase cases[] = {
      {"WL-T-051", both, "transformers==4.34.0", "", ""},
      {"WL-T-051", both, "transformers==4.34.1", "FAIL", unhashable},
      {"WL-T-051", bare, "transformers==4.35.2", "FAIL", unhashable},
      {"WL-T-051", both, "transformers==4.36.0", "", ""},
      {"WL-T-051", empty, "transformers==4.35.2", "", ""},
      {"WL-T-012", both, "transformers==4.36.2", "", ""},
      {"WL-T-012", bare, "transformers==4.36.2", "FAIL",
       "TypeError: Special token mask_token has to be either str or AddedToken but got: <class "
       "'dict'>"},
      {"WL-T-012", mapped, "transformers==4.36.2", "", ""},
  };
  TryRules(cases);
}

// added_tokens.json, as each release before 4.34 goes along it.
TEST(TokenizerRules, PartsOfTokenizerJson) {
  const auto with = [](const std::string& json) {
    return With(Of("PreTrainedTokenizerFast", {}), "tokenizer.json", json);
  };
  const CheckedFiles none = with("{}"), version = with(R"({"version": 1, "model": {}})");
  const CheckedFiles padding =
      with(R"({"padding": {"strategy": "BatchLongest", "pad_id": 0, "pad_type_id": 0,)"
           R"( "pad_token": "a"}, "model": {}})");
  const CheckedFiles piece =
      with(R"({"model": {"type": "WordPiece", "vocab": {}, "max_input_chars_per_word": 100,)"
           R"( "continuing_subword_prefix": "##"}})");
  const char* now = "transformers==4.57.1,tokenizers==0.22.1";
  const char* before = "transformers==4.38.2,tokenizers==0.15.2";
  const RuleCase cases[] = {
      {"WL-T-003", none, now, "FAIL", "Exception: Model missing. at line 1 column 2"},
      {"WL-T-003", version, now, "FAIL",
       "Exception: invalid type: integer `1`, expected a string at line 1 column 13"},
      {"WL-T-003", padding, before, "FAIL",
       "Exception: missing field `direction` at line 1 column 89"},
      {"WL-T-003", piece, now, "FAIL", "Exception: missing field `unk_token` at line 1 column 113"},
      {"WL-T-003", piece, before, "FAIL",
       "Exception: data did not match any variant of untagged enum ModelWrapper at line 1 column "
       "112"},
      {"WL-T-003", with(kTokenizerJson), now, "", ""},
  };
  TryRules(cases);
}

// Each release from 0.13.3 to 0.22.2 was asked.
TEST(TokenizerRules, MergesOfTokenizerJson) {
  const auto with = [](const std::string& merges) {
    return With(Of("PreTrainedTokenizerFast", {}), "tokenizer.json",
                R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "\u00e9": 3},
 "merges": )" + merges +
                    "}\n}");
  };
  const char* now = "transformers==4.57.1,tokenizers==0.22.1";
  const char* before = "transformers==4.38.2,tokenizers==0.15.2";
  const char* untold =
      "Exception: data did not match any variant of untagged enum ModelWrapper at line 2 column "
      "19";
  const RuleCase cases[] = {
      {"WL-T-003", with(R"(["a b"])"), now, "", ""},
      {"WL-T-003", with(R"([["a", "b"]])"), now, "", ""},
      {"WL-T-003", with(R"(["a b"])"), before, "", ""},
      {"WL-T-003", with(R"(["#version: 0.2", "a b"])"), now, "", ""},
      {"WL-T-003", with(R"(["a b", "q z"])"), now, "FAIL",
       "Exception: Token `q` out of vocabulary at line 3 column 1"},
      {"WL-T-003", with(R"([["b", "a"]])"), now, "FAIL",
       "Exception: Token `ba` out of vocabulary at line 3 column 1"},
      {"WL-T-003", with(R"(["a \u00e9"])"), now, "FAIL",
       "Exception: Token `a\xc3\xa9` out of vocabulary at line 3 column 1"},
      {"WL-T-003", with(R"(["a q"])"), before, "FAIL", untold},
      {"WL-T-003", with(R"(["a b", "a b c"])"), now, "FAIL",
       "Exception: Merges text file invalid at line 2 at line 3 column 1"},
      {"WL-T-003", with(R"(["ab"])"), now, "FAIL",
       "Exception: Merges text file invalid at line 1 at line 3 column 1"},
      {"WL-T-003", with(R"(["a b", 7])"), now, "FAIL",
       "Exception: data did not match any variant of untagged enum MergeType at line 3 column 1"},
  };
  TryRules(cases);
}

TEST(TokenizerRules, AddedTokens) {
  const auto with = [](const CheckedFiles& files, const std::string& added) {
    return With(files, "added_tokens.json", added);
  };
  const CheckedFiles bert = Of("BertTokenizer", {{"vocab.txt", "[UNK]\na\nb\n"}});
  const CheckedFiles gpt2 =
      Of("GPT2Tokenizer", {{"vocab.json", R"({"a": 0, "b": 1})"}, {"merges.txt", "\n"}});
  const std::string pieces("\x0a\x03\x0a\x01\x61\x0a\x00\x0a\x00", 9);
  const CheckedFiles t5 = Of("T5Tokenizer", {{"spiece.model", pieces}});
  const CheckedFiles fast =
      With(Of("BertTokenizer", {}), "tokenizer.json",
           R"({"version": "1.0", "normalizer": {"type": "Lowercase"}, "added_tokens": [],
          "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                    "vocab": {"[UNK]": 0, "a": 1, "b": 2}, "max_input_chars_per_word": 100}})");
  const RuleCase cases[] = {
      {"WL-T-050", with(bert, R"({"c": 3, "d": 4})"), "transformers==4.30.2", "", ""},
      {"WL-T-050", with(bert, R"({"d": 5, "c": 3})"), "transformers==4.30.2", "FAIL",
       "ValueError: Non-consecutive added token 'd' found. Should have index 4 but has index 5 in "
       "saved vocabulary."},
      {"WL-T-050", with(bert, R"({"a": 1})"), "transformers==4.33.3", "FAIL",
       "ValueError: Non-consecutive added token 'a' found. Should have index 3 but has index 1 in "
       "saved vocabulary."},
      {"WL-T-050", with(bert, R"({"a": 1})"), "transformers==3.5.1", "FAIL",
       "AssertionError: Non-consecutive added token 'a' found. Should have index 3 but has index 1 "
       "in saved vocabulary."},
      {"WL-T-050", with(bert, R"({"a": 1})"), "transformers==4.34.0", "", ""},
      {"WL-T-050", with(bert, R"({"a": "1"})"), "transformers==4.30.2", "", ""},
      {"WL-T-050", with(gpt2, R"({"c": 2})"), "transformers==4.30.2", "", ""},
      {"WL-T-050", with(gpt2, R"({"c": 4})"), "transformers==4.19.4", "FAIL",
       "ValueError: Non-consecutive added token 'c' found. Should have index 2 but has index 4 "
       "in saved vocabulary."},
      {"WL-T-050", with(t5, R"({"c": 103})"), "transformers==4.30.2,sentencepiece==0.1.99", "", ""},
      {"WL-T-050", with(t5, R"({"c": 3})"), "transformers==4.30.2,sentencepiece==0.1.99", "FAIL",
       "ValueError: Non-consecutive added token 'c' found. Should have index 103 but has index 3 "
       "in "
       "saved vocabulary."},
      // Made from tokenizer.json, from 4.6 on: where it is, or else behind the last.
      {"WL-T-050", with(fast, R"({"a": 1, "c": 3})"), "transformers==4.11.3", "", ""},
      {"WL-T-050", with(fast, R"({"a": 2})"), "transformers==4.11.3", "FAIL",
       "ValueError: Wrong index found for a: should be 1 but found 2."},
      {"WL-T-050", with(fast, R"({"c": 7})"), "transformers==4.11.3", "FAIL",
       "ValueError: Wrong index found for c: should be 0 but found 7."},
      {"WL-T-050", with(fast, R"({"a": 1})"), "transformers==4.5.1", "FAIL",
       "AssertionError: Non-consecutive added token 'a' found. Should have index 3 but has index 1 "
       "in saved vocabulary."},
      // Later releases count those that wait to be added, though the vocabulary has them.
      {"WL-T-050", with(fast, R"({"b": 2, "c": 3})"), "transformers==4.19.4", "", ""},
      {"WL-T-050", with(fast, R"({"b": 2, "c": 3})"), "transformers==4.20.0", "FAIL",
       "ValueError: Wrong index found for c: should be 0 but found 3."},
  };
  TryRules(cases);
}

// Aliases, which only the table of model types tells: a package must not fail for one.
TEST(TokenizerRules, AClassUnderAnotherName) {
  const RuleCase cases[] = {
      {"WL-T-001", Of("MT5Tokenizer", {{"spiece.model", "\n"}}), "transformers==4.28.1", "", ""},
      {"WL-T-001", Of("MT6Tokenizer", {{"spiece.model", "\n"}}), "transformers==4.28.1", "FAIL",
       "ValueError: Tokenizer class MT6Tokenizer does not exist or is not currently imported."},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock
