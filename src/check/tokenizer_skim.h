// A tokenizer.json without its vocabulary: megabytes of words decide nothing about whether a
// runtime reads the file, and are not to be parsed for it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weighlock {

struct Skimmed {
  std::string text;  // the model's vocab is left empty, of its merges the first one is left
  // What was left out: the offset in `text` where it stood, and its size. Ascending, in bytes.
  std::vector<std::pair<uint64_t, uint64_t>> cuts;
  // The number of the vocabulary's last word, where it is an object: the highest as it is saved.
  std::optional<uint64_t> last_number;
  // Where each member of the whole ends, by its name as it is spelled.
  std::map<std::string, size_t, std::less<>> ends;

  // Where a byte of `text` stands in the whole.
  uint64_t OffsetInWhole(uint64_t offset) const;
};

// Takes any text; what is no JSON stays none. Linear.
Skimmed SkimTokenizerJson(std::string_view whole);

// As serde_json counts: the line from 1, and the bytes of the line up to `offset`.
struct LineColumn {
  size_t line, column;
};
LineColumn PlaceOf(std::string_view text, size_t offset);

}  // namespace weighlock
