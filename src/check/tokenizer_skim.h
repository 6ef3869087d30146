// A tokenizer.json without its vocabulary: megabytes of words decide nothing about whether a
// runtime reads the file, and are not to be parsed for it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weighlock {

struct Skimmed {
  std::string text;  // the model's vocab is left empty, of its merges the first one is left
  // What was left out: the offset in `text` where it stood, and its size. Ascending, in bytes.
  std::vector<std::pair<uint64_t, uint64_t>> cuts;

  // Where a byte of `text` stands in the whole.
  uint64_t OffsetInWhole(uint64_t offset) const;
};

// Takes any text; what is no JSON stays none. Linear.
Skimmed SkimTokenizerJson(std::string_view whole);

// The offset of the first character from `offset` on that is no space; the text's size: none.
size_t SkipSpaces(std::string_view text, size_t offset);

// The offset behind the string that begins at `offset`; the text's size where it has no end.
size_t StringEnd(std::string_view text, size_t offset);

// The offset behind the JSON value that begins at `offset`: of an object or array by its brackets,
// strings respected; of others by the next comma or bracket. The text's size where it has no end.
size_t ValueEnd(std::string_view text, size_t offset);

// Calls `take` with each key of the object at `offset`, as it is spelled, and where its value
// begins. No object: with none.
template <class Take>
void ForEachMember(std::string_view text, size_t offset, const Take& take) {
  if (offset >= text.size() || text[offset] != '{') return;
  for (size_t at = SkipSpaces(text, offset + 1); at < text.size() && text[at] == '"';) {
    const size_t key_end = StringEnd(text, at);
    const std::string_view key = text.substr(at + 1, key_end - std::min(key_end, at + 2));
    at = SkipSpaces(text, key_end);
    if (at >= text.size() || text[at] != ':') return;
    at = SkipSpaces(text, at + 1);
    take(key, at);
    at = SkipSpaces(text, ValueEnd(text, at));
    if (at >= text.size() || text[at] != ',') return;
    at = SkipSpaces(text, at + 1);
  }
}

// Calls `take` with the offset of each element of the array at `offset`. No array: with none.
template <class Take>
void ForEachElement(std::string_view text, size_t offset, const Take& take) {
  if (offset >= text.size() || text[offset] != '[') return;
  for (size_t at = SkipSpaces(text, offset + 1); at < text.size() && text[at] != ']';) {
    take(at);
    at = SkipSpaces(text, ValueEnd(text, at));
    if (at >= text.size() || text[at] != ',') return;
    at = SkipSpaces(text, at + 1);
  }
}

// As serde_json counts: the line from 1, and the bytes of the line up to `offset`.
struct LineColumn {
  size_t line, column;
};
LineColumn PlaceOf(std::string_view text, size_t offset);

}  // namespace weighlock
