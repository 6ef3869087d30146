// Text arguments of protocol 0: what CPython 3.11 makes of each line.
#include "pickle/text_args.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace weighlock::pickle {
namespace {

std::string Text(const std::optional<ParsedInt>& value) {
  if (!value) return "error";
  if (value->boolean) return value->small == 1 ? "True" : "False";
  if (value->big.empty()) return std::to_string(value->small);
  std::string hex;
  for (const char c : value->big) hex += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return hex;
}

TEST(TextArgs, IntLine) {
  const std::pair<std::string, const char*> cases[] = {
      {"5", "5"},
      {"-5", "-5"},
      {" 5", "5"},
      {"5 ", "5"},
      {"00", "False"},
      {"01", "True"},
      {"+1", "True"},
      {"1", "1"},
      {"010", "8"},
      {"0x1F", "31"},
      {"0b11", "3"},
      {"0o17", "15"},
      {"1_000", "1000"},
      {"1__0", "error"},
      {"08", "error"},
      {"0x", "error"},
      {"", "error"},
      {"five", "error"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "000000000000008000"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-9223372036854775809", "ffffffffffffff7fff"},
      {std::string("5\0x", 3), "5"},
      {std::string(4300, '9').substr(0, 4) + "_", "error"},
      {std::string(4301, '9'), "error"},
  };
  for (const auto& [line, wanted] : cases) EXPECT_EQ(Text(ParseIntLine(line)), wanted) << line;
}

TEST(TextArgs, LongLine) {
  const std::pair<std::string, const char*> cases[] = {
      {"5L", "5"},      {"5", "5"},
      {"-5L", "-5"},    {"010L", "error"},
      {"000L", "0"},    {"L", "error"},
      {"5LL", "error"}, {"18446744073709551616L", "000000000000000001"},
  };
  for (const auto& [line, wanted] : cases) EXPECT_EQ(Text(ParseLongLine(line)), wanted) << line;
}

TEST(TextArgs, FloatLine) {
  const std::pair<const char*, double> good[] = {
      {"1.5", 1.5}, {"-1e3", -1000}, {"1.", 1}, {".5", 0.5}, {"1e-400", 0}, {"+2", 2},
  };
  for (const auto& [line, wanted] : good) {
    ASSERT_TRUE(ParseFloatLine(line)) << line;
    EXPECT_EQ(*ParseFloatLine(line), wanted) << line;
  }
  EXPECT_TRUE(ParseFloatLine("-inf") && *ParseFloatLine("-inf") < 0);
  EXPECT_TRUE(ParseFloatLine("nan") && *ParseFloatLine("nan") != *ParseFloatLine("nan"));
  for (const char* line : {"", " 1", "1e", "1e400", "0x1p3", "--1", "nan(1)", "1.5x", "."}) {
    EXPECT_FALSE(ParseFloatLine(line)) << line;
  }
}

TEST(TextArgs, StringLine) {
  EXPECT_EQ(ParseStringLine("'a\\n\\x41\\101\\q'"), "a\nAA\\q");
  EXPECT_EQ(ParseStringLine("\"it's\""), "it's");
  for (const char* line : {"", "'", "'a\"", "a", "'a\\'", "'\\x4'", " 'a'"}) {
    EXPECT_FALSE(ParseStringLine(line)) << line;
  }
}

TEST(TextArgs, UnicodeLine) {
  EXPECT_EQ(ParseUnicodeLine("a\\u00e9\xe9"), "a\xc3\xa9\xc3\xa9");
  EXPECT_EQ(ParseUnicodeLine("\\U0001f600"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(ParseUnicodeLine("\\\\u0041"), "\\\\u0041");
  EXPECT_EQ(ParseUnicodeLine("\\ud800"), "\xed\xa0\x80");
  EXPECT_FALSE(ParseUnicodeLine("\\u00"));
  EXPECT_FALSE(ParseUnicodeLine("\\U00110000"));
}

TEST(TextArgs, Utf8WithSurrogates) {
  EXPECT_TRUE(IsUtf8WithSurrogates("plain text of more than eight bytes"));
  EXPECT_TRUE(
      IsUtf8WithSurrogates("a\xed\xa0\x80"
                           "b\xed\xbf\xbf"));
  EXPECT_TRUE(IsUtf8WithSurrogates("\xed\x95\x9c"));  // a syllable that also starts with ED
  EXPECT_FALSE(IsUtf8WithSurrogates("a\xed\xa0"));
  EXPECT_FALSE(IsUtf8WithSurrogates("eight ok bytes, then \xff"));
}

}  // namespace
}  // namespace weighlock::pickle
