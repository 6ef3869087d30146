// Edits are kept by where they begin, and spliced in one pass.
#include "json/json_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/find_byte.h"

namespace weighlock {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Behind the closing quote of the string that begins at `begin`: the first quote before which an
// even number of backslashes stands.
size_t StringEnd(std::string_view text, size_t begin) {
  for (size_t quote = begin; (quote = FindByte(text, quote + 1, '"')) < text.size();) {
    size_t other = quote;
    while (text[other - 1] == '\\') --other;
    if ((quote - other) % 2 == 0) return quote + 1;
  }
  return text.size();
}

using Bytes256 = std::array<bool, 256>;

constexpr Bytes256 SetOf(std::string_view bytes) {
  Bytes256 table{};
  for (const char c : bytes) table[static_cast<unsigned char>(c)] = true;
  return table;
}

// What begins or ends a string, an array or an object; and what may stand behind a number.
constexpr Bytes256 kStructural = SetOf("\"{}[]"), kBehindScalar = SetOf("\"{}[], \t\r\n");

// The first of `wanted` from `at` on, or the end of the text.
size_t Skip(std::string_view text, size_t at, const Bytes256& wanted) {
  while (at < text.size() && !wanted[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

size_t JsonValueEnd(std::string_view text, size_t begin) {
  for (size_t i = begin, depth = 0; i < text.size(); ++i) {
    // Most bytes lie in strings, or between the brackets of a value where they decide nothing.
    i = Skip(text, i, depth > 0 ? kStructural : kBehindScalar);
    if (i == text.size()) break;
    const char c = text[i];
    if (c == '"') {
      i = StringEnd(text, i) - 1;
      if (depth == 0) return i + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i;  // of what is around a number or a word
      if (--depth == 0) return i + 1;
    } else if (depth == 0) {
      return i;
    }
  }
  return text.size();
}

JsonSpanWalk::JsonSpanWalk(std::string_view text, size_t begin) : text_(text), at_(text.size()) {
  if (begin >= text.size() || (text[begin] != '{' && text[begin] != '[')) return;
  is_object_ = text[begin] == '{';
  is_done_ = false;
  at_ = begin + 1;
}

size_t JsonSpanWalk::SkipSpaces(size_t at) const {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (at < text_.size() && is_space(text_[at])) ++at;
  return std::min(at, text_.size());
}

bool JsonSpanWalk::Finish() {
  is_done_ = true;
  const bool is_end = at_ < text_.size() && text_[at_] == (is_object_ ? '}' : ']');
  at_ = is_end ? at_ + 1 : text_.size();
  return false;
}

bool JsonSpanWalk::Next() {
  if (is_done_) return false;
  if (begin_ > 0) {
    at_ = SkipSpaces(End());
    if (at_ == text_.size() || text_[at_] != ',') return Finish();
    ++at_;
  }
  at_ = SkipSpaces(at_);
  if (is_object_ && at_ < text_.size()) {
    if (text_[at_] != '"') return Finish();
    const size_t end = StringEnd(text_, at_);
    if (end < at_ + 2) return Finish();
    name_ = text_.substr(at_ + 1, end - at_ - 2);
    at_ = SkipSpaces(end);
    if (at_ == text_.size() || text_[at_] != ':') {
      at_ = text_.size();
      return Finish();
    }
    at_ = SkipSpaces(at_ + 1);
  }
  if (at_ == text_.size() || text_[at_] == ',' || text_[at_] == ']' || text_[at_] == '}') {
    return Finish();
  }
  begin_ = at_;
  end_ = 0;
  return true;
}

size_t JsonSpanWalk::End() {
  if (end_ == 0)
    end_ = text_[begin_] == '"' ? StringEnd(text_, begin_) : JsonValueEnd(text_, begin_);
  return end_;
}

void ForEachJsonSpan(std::string_view text, size_t begin,
                     const std::function<bool(const JsonSpan&)>& each) {
  JsonSpanWalk walk(text, begin);
  while (walk.Next() && each({walk.name(), walk.begin(), walk.End()})) {
  }
}

std::vector<JsonSpan> JsonSpans(std::string_view text, size_t begin) {
  std::vector<JsonSpan> spans;
  ForEachJsonSpan(text, begin, [&](const JsonSpan& span) {
    spans.push_back(span);
    return true;
  });
  return spans;
}

void JsonEdits::ReplaceAt(size_t begin, size_t end, std::string json) {
  edits_.push_back({begin, end, std::move(json)});
}

void JsonEdits::Replace(const JsonValue& value, std::string json) {
  const auto begin = static_cast<size_t>(value.offset);
  ReplaceAt(begin, JsonValueEnd(text_, begin), std::move(json));
}

bool JsonEdits::Rename(const JsonMember& member, std::string_view name) {
  const auto value = static_cast<size_t>(member.value.offset);
  const size_t colon = text_.substr(0, value).find_last_not_of(kSpace);
  if (colon == std::string_view::npos || text_[colon] != ':') return false;
  const size_t quote = text_.substr(0, colon).find_last_not_of(kSpace);
  const std::string spelled = fmt::format("\"{}\"", member.name);
  if (quote == std::string_view::npos || quote + 1 < spelled.size()) return false;
  const size_t begin = quote + 1 - spelled.size();
  if (text_.substr(begin, spelled.size()) != spelled) return false;
  ReplaceAt(begin, quote + 1, fmt::format("\"{}\"", name));
  return true;
}

void JsonEdits::Insert(const JsonValue& object, std::string_view name, std::string_view json) {
  const auto begin = static_cast<size_t>(object.offset) + 1;
  const size_t first = std::min(text_.find_first_not_of(kSpace, begin), text_.size());
  const bool is_empty = text_[first] == '}';
  // As the members behind it stand.
  const std::string_view space = text_.substr(begin, first - begin);
  ReplaceAt(begin, begin, fmt::format("{}\"{}\": {}{}", space, name, json, is_empty ? "" : ","));
}

// Runs of members in a row go together: with the comma before them or, where nothing stays before
// them, with the one behind.
void JsonEdits::Remove(const JsonValue& object, const std::set<std::string_view>& names) {
  const std::vector<JsonSpan> members = JsonSpans(text_, static_cast<size_t>(object.offset));
  const auto begin_of = [&](const JsonSpan& member) {
    return static_cast<size_t>(member.name.data() - text_.data()) - 1;
  };
  for (size_t first = 0; first < members.size(); ++first) {
    if (!names.contains(members[first].name)) continue;
    size_t last = first;
    while (last + 1 < members.size() && names.contains(members[last + 1].name)) ++last;
    if (first > 0) {
      ReplaceAt(members[first - 1].end, members[last].end, "");
    } else {
      const bool is_all = last + 1 == members.size();
      ReplaceAt(begin_of(members[0]), is_all ? members[last].end : begin_of(members[last + 1]), "");
    }
    first = last;
  }
}

std::string JsonEdits::Apply() && {
  std::stable_sort(edits_.begin(), edits_.end(),
                   [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::string out;
  size_t at = 0;
  for (const Edit& edit : edits_) {
    out += text_.substr(at, edit.begin - at);
    out += edit.json;
    at = edit.end;
  }
  out += text_.substr(at);
  return out;
}

}  // namespace weighlock
