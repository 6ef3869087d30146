// Strings are passed over quote by quote; what is not a few digits is looked at more closely.
#include "check/tokenizer_ids.h"

#include <algorithm>

#include "json/json_edit.h"

namespace weighlock {
namespace {

constexpr std::string_view kMost = "4294967295";

size_t SkipSpaces(std::string_view text, size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
    ++at;
  }
  return at;
}

// Behind the quote that ends the text whose first byte is at `at`.
size_t BehindText(std::string_view text, size_t at) {
  while (true) {
    at = text.find('"', at);
    if (at == text.npos) return text.size();
    size_t slashes = 0;
    while (text[at - 1 - slashes] == '\\') ++slashes;
    ++at;
    if (slashes % 2 == 0) return at;
  }
}

}  // namespace

std::string_view FirstOddId(std::string_view text, size_t begin) {
  size_t at = begin + 1;
  while (true) {
    at = SkipSpaces(text, at);
    if (at >= text.size() || text[at] != '"') return {};
    at = SkipSpaces(text, BehindText(text, at + 1));
    if (at >= text.size() || text[at] != ':') return {};
    at = SkipSpaces(text, at + 1);
    size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const std::string_view digits = text.substr(at, end - at);
    const size_t behind = SkipSpaces(text, end);
    const bool ends = behind < text.size() && (text[behind] == ',' || text[behind] == '}');
    const bool is_id = !digits.empty() && (digits.size() < kMost.size() ||
                                           (digits.size() == kMost.size() && digits <= kMost));
    if (!ends || !is_id) return text.substr(at, JsonValueEnd(text, at) - at);
    if (text[behind] == '}') return {};
    at = behind + 1;
  }
}

}  // namespace weighlock
