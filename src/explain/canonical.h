// What is left of a text whatever happened to it on its way: its letters and digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

struct Canonical {
  std::string letters;            // a-z and 0-9 only, capitals lowered
  std::vector<uint32_t> offsets;  // where each of them stands in the text
};

// Leaves out white space, punctuation, quotes of any kind, and what PlainText does not read of
// escapes such as \n and \x80 and of entities. Requires fewer than 2^32 bytes.
Canonical Canonicalise(std::string_view text);

}  // namespace weighlock
