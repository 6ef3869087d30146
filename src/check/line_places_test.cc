// Held against counting, at every place of texts that are longer than a block.
#include "check/line_places.h"

#include <gtest/gtest.h>

#include <string>

namespace weighlock {
namespace {

void ExpectCounted(const std::string& text) {
  const LinePlaces places(text);
  size_t line = 1, column = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const LineColumn place = places.Of(i);
    if (place.line != line || place.column != column) {
      FAIL() << "byte " << i << " of " << text.size() << ": line " << place.line << ", column "
             << place.column << " in place of " << line << ", " << column;
    }
    if (i < text.size() && text[i] == '\n') {
      ++line;
      column = 0;
    } else {
      ++column;
    }
  }
  const LineColumn end = places.Of(text.size() + 7);
  EXPECT_EQ(end.line, places.Of(text.size()).line);
  EXPECT_EQ(end.column, places.Of(text.size()).column);
}

TEST(LinePlaces, AreThoseThatCountingGives) {
  ExpectCounted("");
  ExpectCounted("\n");
  ExpectCounted("{\n  \"a\": 1\n}\n");
  ExpectCounted(std::string(40'000, 'a'));
  ExpectCounted(std::string(40'000, '\n'));
  ExpectCounted(std::string(16'384, 'a') + "\n" + std::string(16'383, 'b') + "\nc");
  std::string lines;
  for (int i = 0; i < 9000; ++i) lines += std::string(static_cast<size_t>(i % 13), 'x') + "\n";
  ExpectCounted(lines);
}

}  // namespace
}  // namespace weighlock
