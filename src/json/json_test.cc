// JSON, case by case: what is taken, what is refused, and with which words.
#include "json/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weighlock {
namespace {

const Limits kLimits = [] {
  Limits limits;
  limits.json_depth = 8;
  limits.json_values = 100;
  return limits;
}();

// A canonical rendering that shows kinds and spelling.
std::string Show(const JsonValue& v) {
  std::string out;
  switch (v.kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return v.boolean ? "true" : "false";
    case JsonValue::Kind::kNumber:
      return v.text;
    case JsonValue::Kind::kString:
      return fmt::format("'{}'", v.text);
    case JsonValue::Kind::kArray:
      for (const JsonValue& item : v.items) out += (out.empty() ? "" : ",") + Show(item);
      return fmt::format("[{}]", out);
    case JsonValue::Kind::kObject:
      for (const auto& [key, item] : v.members)
        out += (out.empty() ? "" : ",") + key + ":" + Show(item);
      return fmt::format("{{{}}}", out);
  }
  return out;
}

struct Good {
  const char* text;
  const char* shown;
};

TEST(Json, OfAKeyThatStandsTwiceTheLastMayCount) {
  const auto value =
      ParseJson(AsBytes(R"({"a": 1, "b": {"c": 1, "c": 2}, "a": 3, "d": 4, "a": 5})"), Limits(),
                DuplicateKeys::kLastCounts);
  ASSERT_TRUE(value);
  ASSERT_EQ(value->members.size(), 3u);
  EXPECT_EQ(value->Find("a")->text, "5");
  EXPECT_EQ(value->Find("b")->Find("c")->text, "2");
  EXPECT_EQ(value->Find("d")->text, "4");
}

TEST(Json, Good) {
  const Good table[] = {
      {"{}", "{}"},
      {"[]", "[]"},
      {" \t\r\n{ } \n", "{}"},
      {"null", "null"},
      {"true", "true"},
      {"-0", "-0"},
      {"12", "12"},
      {"\"a\\u00e9\\n\"", "'a\xc3\xa9\n'"},
      {"[1, -2.5e+3, null, true, false, \"x\", {\"k\": []}]",
       "[1,-2.5e+3,null,true,false,'x',{k:[]}]"},
      {"{\"model_max_length\": 1000000000000000019884624838656, \"b\": 1}",
       "{model_max_length:1000000000000000019884624838656,b:1}"},
      {"[1e99, 18446744073709551616]", "[1e99,18446744073709551616]"},
      {"{\"\\ud83d\\ude00\": 1}", "{\xf0\x9f\x98\x80:1}"},
      {"[[[[]]]]", "[[[[]]]]"},
  };
  for (const Good& good : table) {
    auto value = ParseJson(AsBytes(good.text), kLimits);
    ASSERT_TRUE(value) << good.text << ": " << value.error().Message();
    EXPECT_EQ(Show(*value), good.shown);
  }
}

struct Bad {
  std::string_view text;
  const char* message;
};

TEST(Json, Bad) {
  using namespace std::string_view_literals;
  const Bad table[] = {
      {"",
       "+0x0: malformed: JSON: syntax error while parsing value - unexpected end of input; "
       "expected '[', '{', or a literal"},
      {"   ",
       "+0x3: malformed: JSON: syntax error while parsing value - unexpected end of input; "
       "expected '[', '{', or a literal"},
      {"{",
       "+0x1: malformed: JSON: syntax error while parsing object key - unexpected end of input; "
       "expected string literal"},
      {"[1,",
       "+0x3: malformed: JSON: syntax error while parsing value - unexpected end of input; "
       "expected '[', '{', or a literal"},
      {"[1,]",
       "+0x3: malformed: JSON: syntax error while parsing value - unexpected ']'; expected '[', "
       "'{', or a literal"},
      {"{\"a\":1,}",
       "+0x7: malformed: JSON: syntax error while parsing object key - unexpected '}'; expected "
       "string literal"},
      {"{\"a\" 1}",
       "+0x5: malformed: JSON: syntax error while parsing object separator - unexpected number "
       "literal; expected ':'"},
      {"{a:1}",
       "+0x1: malformed: JSON: syntax error while parsing object key - invalid literal; last read: "
       "'{a'; expected string literal"},
      {"[1 2]",
       "+0x3: malformed: JSON: syntax error while parsing array - unexpected number literal; "
       "expected ']'"},
      {"[01]",
       "+0x2: malformed: JSON: syntax error while parsing array - unexpected number literal; "
       "expected ']'"},
      {"[1.]",
       "+0x3: malformed: JSON: syntax error while parsing value - invalid number; expected digit "
       "after '.'; last read: '1.]'"},
      {"[.5]",
       "+0x1: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'[.'"},
      {"[+1]",
       "+0x1: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'[+'"},
      {"[NaN]",
       "+0x1: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'[N'"},
      {"[nul]",
       "+0x4: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'[nul]'"},
      {"[truex]",
       "+0x5: malformed: JSON: syntax error while parsing array - invalid literal; last read: "
       "'[truex'; expected ']'"},
      {"{} {}",
       "+0x3: malformed: JSON: syntax error while parsing value - unexpected '{'; expected end of "
       "input"},
      {"{}x",
       "+0x2: malformed: JSON: syntax error while parsing value - invalid literal; last read: "
       "'{}x'; expected end of input"},
      {"1 2",
       "+0x2: malformed: JSON: syntax error while parsing value - unexpected number literal; "
       "expected end of input"},
      {"\"\\ud800\"",
       "+0x7: malformed: JSON: syntax error while parsing value - invalid string: surrogate "
       "U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '\"\\\\ud800\"'"},
      {"\"\\x\"",
       "+0x2: malformed: JSON: syntax error while parsing value - invalid string: forbidden "
       "character after backslash; last read: '\"\\\\x'"},
      {"\"a\nb\"",
       "+0x2: malformed: JSON: syntax error while parsing value - invalid string: control "
       "character U+000A (LF) must be escaped to \\\\u000A or \\\\n; last read: '\"a<U+000A>'"},
      {"\"\xff\"",
       "+0x1: malformed: JSON: syntax error while parsing value - invalid string: ill-formed UTF-8 "
       "byte; last read: '\"\\xff'"},
      {"\xEF\xBB\xBF{}", "+0x0: malformed: JSON: begins with a byte-order mark"},
      {"{}\0"sv, "+0x2: malformed: JSON: bytes follow the value"},
      {"// c\n{}",
       "+0x0: malformed: JSON: syntax error while parsing value - invalid literal; last read: '/'"},
      {"{\"a\":1,\"a\":2}", "+0xb: malformed: JSON: the key \"a\" stands twice in one object"},
      {"{\"a\":1,\"\\u0061\":2}",
       "+0x10: malformed: JSON: the key \"a\" stands twice in one object"},
      {"[[[[[[[[[1]]]]]]]]]", "+0x8: over the limit: JSON: nested deeper than 8 levels"},
  };
  for (const Bad& bad : table) {
    auto value = ParseJson(AsBytes(bad.text), kLimits);
    ASSERT_FALSE(value) << bad.text << " gave " << Show(*value);
    EXPECT_EQ(value.error().Message(), bad.message) << bad.text;
    EXPECT_LE(value.error().offset(), bad.text.size());
  }
}

// What nlohmann reads, the scanner reads: escapes, surrogates, numbers at the bounds of a double.
TEST(Json, StringsAndNumbersInAllForms) {
  const std::pair<std::string, std::string> table[] = {
      {R"("\"\\\/\b\f\n\r\t")", "'\"\\/\b\f\n\r\t'"},
      {R"("\u0041\u00e9\u20AC\uD83D\uDE00")", "'A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'"},
      {"\"\x7f\xc3\xa9\xf0\x9f\x98\x80\"", "'\x7f\xc3\xa9\xf0\x9f\x98\x80'"},
      {"[0, -0.0, 1E5, 1e-05, 123.456e+7, 1e308, 1e-400]",
       "[0,-0.0,1E5,1e-05,123.456e+7,1e308,1e-400]"},
      {"[1e309, -1e999999]", "[1e309,-1e999999]"},
      {std::string(400, '7'), std::string(400, '7')},
      {std::string(308, '9'), std::string(308, '9')},
      {"0." + std::string(400, '9'), "0." + std::string(400, '9')},
  };
  for (const auto& [text, shown] : table) {
    const auto value = ParseJson(AsBytes(text), kLimits);
    ASSERT_TRUE(value) << text << ": " << value.error().Message();
    EXPECT_EQ(Show(*value), shown);
  }
  for (const char* text : {"\"\\udc00\"", "\"\\ud83d\\u0041\"", "\"\\u12g4\"", "\"\xed\xa0\x80\"",
                           "\"\xc0\x80\"", "-", "1e", "1e+", "00", "-01", "\"\\"}) {
    EXPECT_FALSE(ParseJson(AsBytes(text), kLimits)) << text;
  }
}

TEST(Json, NumbersAsUnsigned) {
  const auto number = [](const char* text) { return ParseJson(AsBytes(text), kLimits)->AsUint(); };
  EXPECT_EQ(number("0"), 0u);
  EXPECT_EQ(number("18446744073709551615"), UINT64_MAX);
  for (const char* no : {"18446744073709551616", "-0", "-1", "1.0", "1e0", "\"1\"", "true", "[]"}) {
    EXPECT_EQ(number(no), std::nullopt) << no;
  }
}

TEST(Json, EveryCutIsAnError) {
  const std::string text = "{\"a\": [1, 2.5, \"x\\u00e9\", null], \"b\": {\"c\": true}}";
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseJson(AsBytes(text.substr(0, size)), kLimits)) << size;
  }
}

// A text of a few megabytes, or packed kilobytes, that would become gigabytes of values.
TEST(Json, ManySmallValuesAreRefusedBeforeTheyTakeMemory) {
  std::string text = "[0";
  for (int i = 0; i < 200; ++i) text += ",0";
  auto value = ParseJson(AsBytes(text + "]"), kLimits);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code(), Code::kLimit);
  EXPECT_EQ(value.error().what(), "JSON: more than 100 values");
}

TEST(Json, TheFirstKeyThatStandsTwiceIsNamed) {
  const std::string text = R"({"b":1,"c":2,"b":3,"a":4,"a":5})";
  auto value = ParseJson(AsBytes(text), kLimits);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().what(), "JSON: the key \"b\" stands twice in one object");
}

}  // namespace
}  // namespace weighlock
