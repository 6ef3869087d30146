// Sizes and numbers as Python's tokenizers have them.
#include "check/vocabulary_ids.h"

#include <gtest/gtest.h>

#include <string_view>

namespace weighlock {
namespace {

using namespace std::string_view_literals;

TEST(VocabularyIds, OfTokenizerJson) {
  const struct {
    std::string_view text;
    uint64_t size;
    std::map<std::string, uint64_t, std::less<>> of;  // of "a" and "<x>", and of what is added
  } kCases[] = {
      {"", 0, {}},
      {R"({"model": {"vocab": {"b": 0, "a": 1}}})", 2, {{"a", 1}}},
      {R"({"model": {"vocab": {"\u0061": 7}}})", 1, {{"a", 7}}},
      {R"({"model": {"vocab": [["<x>", 0], ["a", -1.5]]}})", 2, {{"<x>", 0}, {"a", 1}}},
      {R"({"added_tokens": [{"id": 1, "content": "<x>"}], "model": {"vocab": {"a": 0}}})",
       2,
       {{"<x>", 1}, {"a", 0}}},
      {R"({"added_tokens": [{"id": 0, "content": "a"}], "model": {"vocab": {"a": 0}}})",
       1,
       {{"a", 0}}},
      {R"({"added_tokens": [{"id": 2, "content": "c"}], "model": {"vocab": {"b": 0}}})",
       2,
       {{"c", 2}}},
      {R"({"added_tokens": [{"id": -1, "content": "c"}, 7], "model": {"vocab": {"b": "x"}}})",
       1,
       {}},
      {R"({"model": {"vocab": {"a")", 0, {}},
      {R"({"model": {"vocab": [["a)", 1, {}},
      {R"({"model": {"vocab": [")", 1, {}},
  };
  for (const auto& c : kCases) {
    const VocabularyIds ids = IdsOfTokenizerJson(c.text, {"a", "<x>"});
    EXPECT_EQ(ids.size, c.size) << c.text;
    EXPECT_EQ(ids.of, c.of) << c.text;
  }
}

TEST(VocabularyIds, OfVocabularyFiles) {
  const struct {
    std::string_view name, content;
    std::optional<uint64_t> size;
  } kCases[] = {
      {"vocab.txt", "", 0},
      {"vocab.txt", "a\nb", 2},
      {"vocab.txt", "a\nb\n", 2},
      {"vocab.txt", "a\n\na\r\n", 2},
      {"vocab.json", R"({"a": 0, "b": 1})", 2},
      {"vocab.json", "[]", 0},
      {"spiece.model", "\x0a\x03\x0a\x01\x61\x0a\x00\x12\x00"sv, 2},
      {"spiece.model", "\x0a\x03\x0a"sv, 0},
      {"vocab.bpe", "a b", std::nullopt},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(SizeOfVocabulary(c.name, AsBytes(c.content)), c.size) << c.name << c.content;
  }
}

}  // namespace
}  // namespace weighlock
