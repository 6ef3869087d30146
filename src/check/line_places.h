// Lines and columns of a text, as serde_json tells places.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace weighlock {

// The line from 1, and the bytes of the line up to the place.
struct LineColumn {
  size_t line, column;
};

class LinePlaces {
 public:
  // Borrowed. Counts its lines once: linear.
  explicit LinePlaces(std::string_view text = {});

  // Of `offset` in the text; of what lies behind its end: of the end. O(1).
  LineColumn Of(size_t offset) const;

 private:
  // A stretch of the text, by what is before it.
  struct Block {
    size_t newlines;
    size_t line;  // where the line begins that it begins in
  };

  std::string_view text_;
  std::vector<Block> blocks_;
};

}  // namespace weighlock
