// Vocabularies are megabytes of which few entries matter: the text is gone along by spans, and only
// what is asked for is unescaped and counted.
#include "check/vocabulary_ids.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "check/sentencepiece_file.h"
#include "json/json.h"
#include "json/json_edit.h"

namespace weighlock {
namespace {

// A string of JSON by what stands between its quotes.
std::string Unescaped(std::string_view spelled) {
  if (spelled.find('\\') == spelled.npos) return std::string(spelled);
  const std::string quoted = '"' + std::string(spelled) + '"';
  auto json = ParseJson(AsBytes(quoted), Limits());
  return json ? json->text : std::string(spelled);
}

std::string_view TextOf(std::string_view text, const JsonSpan& span) {
  return text.substr(span.begin, span.end - span.begin);
}

std::optional<uint64_t> NumberOf(std::string_view digits) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

size_t Top(std::string_view text) {
  return std::min(text.find_first_not_of(" \t\r\n"), text.size());
}

// Calls `take` with the tokens of a vocabulary and their numbers: {"token": number}, or
// [["token", score]] in the order of their numbers.
template <class Take>
void ForEachToken(std::string_view text, size_t vocabulary, const Take& take) {
  const bool is_object = vocabulary < text.size() && text[vocabulary] == '{';
  uint64_t next = 0;
  ForEachJsonSpan(text, vocabulary, [&](const JsonSpan& span) {
    if (is_object) {
      take(Unescaped(span.name), NumberOf(TextOf(text, span)));
      return true;
    }
    std::string token;
    ForEachJsonSpan(text, span.begin, [&](const JsonSpan& first) {
      const std::string_view quoted = TextOf(text, first);
      if (quoted.starts_with('"') && quoted.size() > 1) {
        token = Unescaped(quoted.substr(1, quoted.size() - 2));
      }
      return false;
    });
    take(token, std::optional(next++));
    return true;
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
  ForEachJsonSpan(text, Top(text), [&](const JsonSpan& member) {
    if (member.name == "added_tokens") added = member.begin;
    if (member.name != "model") return true;
    ForEachJsonSpan(text, member.begin, [&](const JsonSpan& part) {
      if (part.name == "vocab") vocabulary = part.begin;
      return true;
    });
    return true;
  });
  std::map<std::string, uint64_t> added_tokens;
  ForEachJsonSpan(text, added, [&](const JsonSpan& span) {
    const auto token = ParseJson(AsBytes(TextOf(text, span)), Limits());
    const JsonValue* id = token ? token->Find("id") : nullptr;
    const std::string* content = token ? token->FindString("content") : nullptr;
    const auto number = id == nullptr ? std::nullopt : id->AsUint();
    if (number && content != nullptr) added_tokens.emplace(*content, *number);
    return true;
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
  if (Top(text) == text.size() || text[Top(text)] != '{') return count;
  ForEachJsonSpan(text, Top(text), [&](const JsonSpan&) {
    ++count;
    return true;
  });
  return count;
}

}  // namespace weighlock
