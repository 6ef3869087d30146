#include "check/vocabulary_ids.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "check/sentencepiece_file.h"
#include "check/tokenizer_skim.h"
#include "json/json.h"

namespace weighlock {
namespace {

// A string of JSON by what stands between its quotes.
std::string Unescaped(std::string_view spelled) {
  if (spelled.find('\\') == spelled.npos) return std::string(spelled);
  const std::string quoted = '"' + std::string(spelled) + '"';
  auto json = ParseJson(AsBytes(quoted), Limits());
  return json ? json->text : std::string(spelled);
}

std::optional<uint64_t> NumberAt(std::string_view text, size_t at) {
  const std::string_view digits = text.substr(at, ValueEnd(text, at) - at);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// Calls `take` with the tokens of a vocabulary and their numbers: {"token": number}, or
// [["token", score]] in the order of their numbers.
template <class Take>
void ForEachToken(std::string_view text, size_t vocabulary, const Take& take) {
  ForEachMember(text, vocabulary, [&](std::string_view token, size_t number) {
    take(Unescaped(token), NumberAt(text, number));
  });
  uint64_t next = 0;
  ForEachElement(text, vocabulary, [&](size_t pair) {
    const size_t first = SkipSpaces(text, pair + 1);
    const size_t end = first < text.size() && text[first] == '"' ? StringEnd(text, first) : first;
    const std::string_view token = end > first + 1 ? text.substr(first + 1, end - first - 2) : "";
    take(Unescaped(token), std::optional(next++));
  });
}

// Python's dict of lines: one that stands twice counts once.
uint64_t CountLines(std::string_view text) {
  std::unordered_set<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.insert(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines.size();
}

}  // namespace

VocabularyIds IdsOfTokenizerJson(std::string_view text,
                                 const std::set<std::string, std::less<>>& asked) {
  size_t vocabulary = text.size(), added = text.size();
  ForEachMember(text, SkipSpaces(text, 0), [&](std::string_view key, size_t value) {
    if (key == "added_tokens") added = value;
    if (key != "model") return;
    ForEachMember(text, value, [&](std::string_view inner, size_t part) {
      if (inner == "vocab") vocabulary = part;
    });
  });
  std::map<std::string, uint64_t> added_tokens;
  ForEachElement(text, added, [&](size_t at) {
    const auto token = ParseJson(AsBytes(text.substr(at, ValueEnd(text, at) - at)), Limits());
    const JsonValue* id = token ? token->Find("id") : nullptr;
    const std::string* content = token ? token->FindString("content") : nullptr;
    const auto number = id == nullptr ? std::nullopt : id->AsUint();
    if (number && content != nullptr) added_tokens.emplace(*content, *number);
  });
  VocabularyIds ids;
  ForEachToken(text, vocabulary, [&](const std::string& token, std::optional<uint64_t> number) {
    ++ids.size;
    if (number && (asked.contains(token) || added_tokens.contains(token))) {
      ids.of.emplace(token, *number);
    }
  });
  for (const auto& [token, number] : added_tokens) {
    if (ids.of.emplace(token, number).second) ++ids.size;
  }
  return ids;
}

std::optional<uint64_t> SizeOfVocabulary(std::string_view name, Bytes content) {
  const std::string_view text = AsText(content);
  if (name == "vocab.txt") return CountLines(text);
  if (name.ends_with(".model")) return CountSentencePieces(content);
  if (!name.ends_with(".json")) return std::nullopt;
  uint64_t count = 0;
  ForEachMember(text, SkipSpaces(text, 0), [&](std::string_view, size_t) { ++count; });
  return count;
}

}  // namespace weighlock
