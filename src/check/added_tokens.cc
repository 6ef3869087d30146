// The loop of PreTrainedTokenizerBase._from_pretrained, token by token.
#include "check/added_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/escape.h"
#include "check/tokenizer_side_files.h"
#include "check/vocabulary_ids.h"

namespace weighlock {
namespace {

using Names = std::set<std::string, std::less<>>;

struct AddedToken {
  std::string text;
  uint64_t index;
};

// In the order of their numbers, as Python sorts them; nothing where one is no number.
std::vector<AddedToken> Sorted(const JsonValue& file) {
  std::vector<AddedToken> tokens;
  for (const JsonMember& member : file.members) {
    const auto index = member.value.AsUint();
    if (!index) return {};
    tokens.push_back({member.name, *index});
  }
  std::stable_sort(tokens.begin(), tokens.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.index < b.index; });
  return tokens;
}

std::string TextOfToken(const JsonValue& token) {
  const std::string* content = token.FindString("content");
  return content != nullptr ? *content : token.text;
}

// The texts of the special tokens, as special_tokens_map.json and tokenizer_config.json name them.
Names SpecialTokens(const ModelFiles& files) {
  Names names;
  for (const JsonFile* file : {&files.tokenizer_config, &files.special_tokens_map}) {
    if (!file->json) continue;
    for (const JsonMember& member : file->json->members) {
      if (member.name.ends_with("_token")) names.insert(TextOfToken(member.value));
      if (member.name != "additional_special_tokens") continue;
      for (const JsonValue& token : member.value.items) names.insert(TextOfToken(token));
    }
  }
  return names;
}

// What may stand for words that are not known: as a file says, or else a model's own class.
std::vector<std::string> UnknownTokens(const Situation& s, const TokenizerClass& tokenizer) {
  const JsonFile& map = s.files.special_tokens_map;
  const JsonValue* token = map.json ? map.json->Find("unk_token") : nullptr;
  if (token == nullptr) token = SpecialTokenOf(s, "unk_token").value;
  if (token != nullptr) return {TextOfToken(*token)};
  if (tokenizer.fast == "PreTrainedTokenizerFast") return {};
  return {"[UNK]", "<unk>", "<|endoftext|>"};
}

// The vocabulary of the tokenizer as it is made, and where the tokens `asked` stand in it, if that
// can be known.
std::optional<VocabularyIds> MadeVocabulary(const Situation& s, const TokenizerClass& tokenizer,
                                            const Names& asked) {
  if (tokenizer.from_json) {
    const auto text = ContentOf(s.opened, s.files, "tokenizer.json");
    if (!text) return std::nullopt;
    return IdsOfTokenizerJson(AsText(*text), asked);
  }
  const auto beyond = s.base.vocabularies.BeyondVocabulary(tokenizer.slow);
  const auto files = s.base.vocabularies.MadeFrom(tokenizer.slow);
  const auto content = files.empty() ? std::nullopt : ContentOf(s.opened, s.files, files[0].name);
  if (!beyond || !content) return std::nullopt;
  const auto size = SizeOfVocabulary(files[0].name, *content);
  if (!size) return std::nullopt;
  const JsonValue* config = s.files.tokenizer_config.get();
  const JsonValue* said =
      config == nullptr || beyond->key.empty() ? nullptr : config->Find(beyond->key);
  const auto number = said == nullptr ? std::nullopt : said->AsUint();
  return VocabularyIds{*size + number.value_or(beyond->tokens), {}};
}

// Goes along the tokens as the target does, and says what it raises; empty: nothing.
class Loading {
 public:
  Loading(const Situation& s, const TokenizerClass& tokenizer, VocabularyIds made)
      : from_json_(tokenizer.from_json && s.TransformersIs(">=4.6.0")),
        error_(s.TransformersIs(">=4.6.0") ? "ValueError" : "AssertionError"),
        one_by_one_(s.TransformersIs("<4.20.0")),
        special_(SpecialTokens(s.files)),
        made_(std::move(made)) {
    for (const std::string& token : UnknownTokens(s, tokenizer)) {
      const auto found = made_.of.find(token);
      if (!unknown_ && found != made_.of.end()) unknown_ = found->second;
    }
  }

  std::string Run(const std::vector<AddedToken>& tokens) {
    for (const AddedToken& token : tokens) {
      const uint64_t next = made_.size + waiting_.size();
      if (token.index != next) {
        if (!from_json_) return NonConsecutive(token, next);
        const auto there = IdOf(token.text);
        if (there != token.index) return WrongIndex(token, there);
      }
      const bool is_special = special_.contains(token.text);
      if (one_by_one_ || (!waiting_.empty() && is_special != waiting_special_)) Add();
      waiting_.push_back(token.text);
      waiting_special_ = is_special;
      if (one_by_one_) Add();
    }
    return {};
  }

 private:
  std::optional<uint64_t> IdOf(const std::string& token) const {
    const auto found = made_.of.find(token);
    return found != made_.of.end() ? std::optional(found->second) : unknown_;
  }

  // Those that the vocabulary has already are not added again.
  void Add() {
    for (const std::string& token : waiting_) {
      if (made_.of.emplace(token, made_.size).second) ++made_.size;
    }
    waiting_.clear();
  }

  std::string NonConsecutive(const AddedToken& token, uint64_t next) const {
    return fmt::format(
        "{}: Non-consecutive added token '{}' found. Should have index {} but has index {} in "
        "saved "
        "vocabulary.",
        error_, token.text, next, token.index);
  }

  static std::string WrongIndex(const AddedToken& token, std::optional<uint64_t> there) {
    return fmt::format("ValueError: Wrong index found for {}: should be {} but found {}.",
                       token.text, there ? std::to_string(*there) : "None", token.index);
  }

  const bool from_json_;
  const std::string_view error_;
  const bool one_by_one_;  // later releases add runs of special and of other tokens
  const Names special_;
  VocabularyIds made_;
  std::optional<uint64_t> unknown_;
  std::vector<std::string> waiting_;
  bool waiting_special_ = false;
};

}  // namespace

std::vector<CheckFinding> JudgeAddedTokens(const Situation& s, const TokenizerClass& tokenizer) {
  const JsonValue* file = s.files.added_tokens.get();
  if (file == nullptr || !s.TransformersIs("<4.34.0")) return {};
  const std::vector<AddedToken> tokens = Sorted(*file);
  const std::vector<std::string> unknown = UnknownTokens(s, tokenizer);
  Names asked(unknown.begin(), unknown.end());
  for (const AddedToken& token : tokens) asked.insert(token.text);
  auto made = MadeVocabulary(s, tokenizer, asked);
  if (!made) return {};
  std::string message = Loading(s, tokenizer, *std::move(made)).Run(tokens);
  if (message.empty()) return {};
  CheckFinding finding = MakeFinding(
      Stage::kTokenizer, Verdict::kFail, "WL-T-050",
      fmt::format("a token of {} does not stand where it says in the tokenizer that {} makes",
                  Escape(s.files.added_tokens.path), tokenizer.name()),
      s.files.added_tokens.path);
  finding.message = std::move(message);
  finding.source = "tokenization_utils_base.py of transformers 3.0.2 to 4.33.3";
  return {std::move(finding)};
}

}  // namespace weighlock
