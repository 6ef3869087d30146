// Held against the standard library's search, around the words of eight bytes.
#include "base/find_byte.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace weighlock {
namespace {

TEST(FindByte, IsTheStandardLibrarysAtEveryPlace) {
  // Neighbours of the byte, and bytes with the high bit, are what the trick with words could take
  // for it.
  for (const char other : {'a', '!', '#', '\0', '\x01', '\x7F', '\x80', '\xA2', '\xFF'}) {
    for (size_t size = 0; size < 40; ++size) {
      for (size_t place = 0; place <= size; ++place) {
        std::string text(size, other);
        if (place < size) text[place] = '"';
        for (size_t at = 0; at <= size + 1; ++at) {
          const size_t found = at <= size ? text.find('"', at) : std::string::npos;
          EXPECT_EQ(FindByte(text, at, '"'), std::min(found, size))
              << size << " bytes, at " << place << ", from " << at;
        }
      }
    }
  }
}

TEST(FindByte, TakesTheFirstOfSeveral) {
  EXPECT_EQ(FindByte("ab\"\"\"cdefgh\"", 0, '"'), 2u);
  EXPECT_EQ(FindByte("ab\"\"\"cdefgh\"", 5, '"'), 11u);
  EXPECT_EQ(FindByte(std::string_view("\x80\0\0\x01\0\0\0\0", 8), 0, '\0'), 1u);
}

}  // namespace
}  // namespace weighlock
