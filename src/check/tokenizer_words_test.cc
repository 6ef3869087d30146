// Merges and numbers of a vocabulary in the forms and orders that they come in.
#include "check/tokenizer_words.h"

#include <gtest/gtest.h>

#include <string>

#include "check/tokenizer_skim.h"

namespace weighlock {
namespace {

// "no pair 2", "unknown 3 abc", "other type 1"; "-": no fault.
std::string FaultOf(const std::string& model) {
  const std::string whole = "{\"added_tokens\": [], \"model\": {" + model + "}}";
  const Skimmed skimmed = SkimTokenizerJson(whole);
  EXPECT_EQ(skimmed.members.at("model").end, whole.size() - 1) << whole;
  const auto& fault = skimmed.words.merge_fault;
  if (!fault) return "-";
  const char* kind = fault->kind == MergeFault::Kind::kNoPair         ? "no pair "
                     : fault->kind == MergeFault::Kind::kUnknownToken ? "unknown "
                                                                      : "other type ";
  return kind + std::to_string(fault->number) + (fault->token.empty() ? "" : " " + fault->token);
}

TEST(TokenizerWords, FirstFaultOfMerges) {
  const std::string vocab = R"("vocab": {"a": 0, "b": 1, "ab": 2, "\"": 3, "a\u0022": 4})";
  const struct {
    const char *merges, *fault;
  } cases[] = {
      {R"([])", "-"},
      {R"(["a b"])", "-"},
      {R"(["#version: 0.2", "a b"])", "-"},
      {R"(["a \""])", "-"},
      {R"([["a", "\u0022"], ["a", "b"]])", "-"},
      {R"([["a","b"],["b","a"]])", "unknown 2 ba"},
      {R"(["c a"])", "unknown 1 c"},
      {R"(["#version: 0.2", "a b", "a c"])", "unknown 2 c"},
      {R"(["b a", "a b c"])", "no pair 2"},
      {R"(["b a", "ab", 5])", "other type 3"},
      {R"([["a"]])", "other type 1"},
      {R"([["a", "b", "c"]])", "other type 1"},
      {R"([["a", "b"], "a b"])", "other type 2"},
      {R"(["a b", ["a", "b"]])", "other type 2"},
  };
  for (const auto& c : cases) {
    const std::string merges = std::string("\"merges\": ") + c.merges;
    const std::string type = R"("type": "BPE")";
    EXPECT_EQ(FaultOf(type + ", " + vocab + ", " + merges), c.fault) << merges;
    EXPECT_EQ(FaultOf(merges + ", " + vocab + ", " + type), c.fault) << "merges first: " << merges;
    EXPECT_EQ(FaultOf(vocab + ", " + merges + ", " + type), c.fault) << "type last: " << merges;
    EXPECT_EQ(FaultOf(vocab + ", " + merges), "-") << "of no type: " << merges;
    const std::string prefix = R"("continuing_subword_prefix": "##", )";
    EXPECT_EQ(FaultOf(prefix + type + ", " + vocab + ", " + merges), "-") << merges;
  }
}

TEST(TokenizerWords, NumbersOfAVocabulary) {
  const struct {
    const char *vocab, *odd;
  } cases[] = {{R"({})", ""},
               {R"({"a": 0, "b": 4294967295})", ""},
               {R"({"a": 4294967296, "b": 1})", "4294967296"},
               {R"({"a": 0, "b": 1.0, "c": -1})", "1.0"},
               {R"({"a": -1})", "-1"},
               {R"({"a": "1"})", R"("1")"},
               {R"({"a": null})", "null"},
               {R"({"a": [1, {"b": "}"}]})", R"([1, {"b": "}"}])"},
               {R"({"\"}": 0, "\\": 1e3})", "1e3"}};
  for (const auto& c : cases) {
    const std::string text = std::string(" ") + c.vocab + " ";
    EXPECT_EQ(FirstOddId(text, 1), c.odd) << c.vocab;
    TokenizerWordsReader reader(text);
    EXPECT_EQ(reader.Vocabulary(1), text.size() - 1) << c.vocab;
    EXPECT_EQ(reader.Take().odd_id, c.odd) << c.vocab;
  }
}

TEST(TokenizerWords, AVocabularyOfManyTokensIsLookedUpWhole) {
  std::string vocab = "{\"x\": 0", merges = "[";
  for (int i = 0; i < 30'000; ++i) {
    const std::string token = std::to_string(i);
    vocab += ", \"" + token + "\": 1, \"x" + token + "\": 2";
    merges += (i > 0 ? ", \"x " : "\"x ") + token + "\"";
  }
  const std::string model = R"("type": "BPE", "vocab": )" + vocab + "}, \"merges\": " + merges;
  EXPECT_EQ(FaultOf(model + "]"), "-");
  EXPECT_EQ(FaultOf(model + ", \"x 30000\"]"), "unknown 30001 30000");
}

}  // namespace
}  // namespace weighlock
