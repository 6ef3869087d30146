// Tables as they are embedded: lines of text, sorted bytewise, of which nothing is parsed at
// start-up.
#pragma once

#include <algorithm>
#include <string_view>

namespace weighlock::scan {

// The line that begins with `key`, without it; or nothing.
inline std::string_view FindLine(std::string_view table, std::string_view key) {
  size_t low = 0, high = table.size();  // the starts of lines
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    while (middle > low && table[middle - 1] != '\n') --middle;
    const size_t end = std::min(table.find('\n', middle), table.size());
    const std::string_view line = table.substr(middle, end - middle);
    if (line.starts_with(key)) return line.substr(key.size());
    if (line < key) {
      low = end + 1;
    } else {
      high = middle;
    }
  }
  return {};
}

}  // namespace weighlock::scan
