// A tokenizer.json without its vocabulary: megabytes of words are gone along once, and not parsed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check/line_places.h"
#include "check/tokenizer_words.h"
#include "json/json_edit.h"

namespace weighlock {

struct Skimmed {
  std::string_view whole;  // borrowed
  std::string text;        // the model's vocab is left empty, of its merges the first one is left
  // What was left out: the offset in `text` where it stood, and its size. Ascending, in bytes.
  std::vector<std::pair<uint64_t, uint64_t>> cuts;
  // Of the model's vocabulary, where that is an object, and of its merges, where they are a list.
  TokenizerWords words;
  // Where the members of the whole stand, by their names as they are spelled; of those that stand
  // twice the last.
  std::map<std::string_view, JsonSpan> members;
  LinePlaces places;  // in the whole

  // Where a byte of `text` stands in the whole.
  uint64_t OffsetInWhole(uint64_t offset) const;
  // Where the value at `offset` in `text` ends in the whole. Requires that `text` is JSON.
  uint64_t EndInWhole(uint64_t offset) const;
  // Behind the whole value. Requires the same.
  uint64_t End() const;
};

// Takes any text; what is no JSON stays none. Linear.
Skimmed SkimTokenizerJson(std::string_view whole);

}  // namespace weighlock
