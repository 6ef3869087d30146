// What may reach a terminal, case by case.
#include "base/escape.h"

#include <gtest/gtest.h>

#include <string>

namespace weighlock {
namespace {

struct Case {
  std::string text;
  const char* escaped;
  bool utf8;
};

const Case kCases[] = {
    {"bert.encoder.layer.0", "bert.encoder.layer.0", true},
    {"", "", true},
    {"a\nb\tc", "a\\x0ab\\x09c", true},
    {"\x1b[31mred", "\\x1b[31mred", true},
    {"back\\slash", "back\\\\slash", true},
    {std::string("nul\0byte", 8), "nul\\x00byte", true},
    {"caf\xc3\xa9", "caf\xc3\xa9", true},
    {"\xe2\x80\xae"
     "gnp.exe",
     "\\u{202e}gnp.exe", true},
    {"\xef\xbb\xbf{", "\\u{feff}{", true},
    {"\xc0\xaf", "\\xc0\\xaf", false},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", false},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", false},
    {"cut \xe2\x82", "cut \\xe2\\x82", false},
};

TEST(Escape, Table) {
  for (const Case& c : kCases) {
    EXPECT_EQ(Escape(c.text), c.escaped);
    EXPECT_EQ(IsUtf8(c.text), c.utf8) << c.escaped;
  }
}

TEST(Escape, QuoteCutsLongNames) {
  EXPECT_EQ(Quote("name"), "\"name\"");
  EXPECT_EQ(Quote(std::string(300, 'a'), 4), "\"aaaa...\"");
}

}  // namespace
}  // namespace weighlock
