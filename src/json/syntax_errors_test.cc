// The words and places of CPython's json and of serde_json, case by case. The Python column was
// written by Python 3.10, the other one by tokenizers 0.15.2 and 0.22.2.
#include "json/syntax_errors.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

struct Case {
  const char* text;
  const char* python;
  const char* serde;
};

const Case kCases[] = {
    {"", "Expecting value: line 1 column 1 (char 0)",
     "EOF while parsing a value at line 1 column 0"},
    {"   ", "Expecting value: line 1 column 4 (char 3)",
     "EOF while parsing a value at line 1 column 3"},
    {"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
     "EOF while parsing an object at line 1 column 1"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\"}",
     "Expecting ':' delimiter: line 1 column 35 (char 34)", "expected `:` at line 1 column 35"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":", "Expecting value: line 1 column 36 (char 35)",
     "EOF while parsing a value at line 1 column 35"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": }", "Expecting value: line 1 column 37 (char 36)",
     "expected value at line 1 column 37"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":1",
     "Expecting ',' delimiter: line 1 column 37 (char 36)",
     "EOF while parsing an object at line 1 column 36"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":1,}",
     "Expecting property name enclosed in double quotes: line 1 column 38 (char 37)",
     "trailing comma at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":1,}",
     "Expecting property name enclosed in double quotes: line 1 column 38 (char 37)",
     "trailing comma at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":1 \"b\":2}}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)",
     "expected `,` or `}` at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{a:1}",
     "Expecting property name enclosed in double quotes: line 1 column 32 (char 31)",
     "key must be a string at line 1 column 32"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\" 1}}",
     "Expecting ':' delimiter: line 1 column 36 (char 35)", "expected `:` at line 1 column 36"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[", "Expecting value: line 1 column 37 (char 36)",
     "EOF while parsing a list at line 1 column 36"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[1}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)",
     "expected `,` or `]` at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[1,",
     "Expecting value: line 1 column 39 (char 38)",
     "EOF while parsing a value at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[1,]}",
     "Expecting value: line 1 column 39 (char 38)", "trailing comma at line 1 column 39"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[1 2]",
     "Expecting ',' delimiter: line 1 column 39 (char 38)",
     "expected `,` or `]` at line 1 column 39"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[1}}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)",
     "expected `,` or `]` at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":1]",
     "Expecting ',' delimiter: line 1 column 37 (char 36)",
     "expected `,` or `}` at line 1 column 37"},
    {"tru", "Expecting value: line 1 column 1 (char 0)",
     "EOF while parsing a value at line 1 column 3"},
    {"trux", "Expecting value: line 1 column 1 (char 0)", "expected ident at line 1 column 4"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": nul}}",
     "Expecting value: line 1 column 37 (char 36)", "expected ident at line 1 column 40"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": \"x",
     "Unterminated string starting at: line 1 column 37 (char 36)",
     "EOF while parsing a string at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": \"x\n\"}}",
     "Invalid control character at: line 1 column 39 (char 38)",
     "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": \"\\q\"}",
     "Invalid \\escape: line 1 column 38 (char 37)", "invalid escape at line 1 column 39"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": -}}",
     "Expecting value: line 1 column 37 (char 36)", "invalid number at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": -x}",
     "Expecting value: line 1 column 37 (char 36)", "invalid number at line 1 column 38"},
    {"version https://git-lfs.github.com/spec/v1\n", "Expecting value: line 1 column 1 (char 0)",
     "expected value at line 1 column 1"},
    {"<html>", "Expecting value: line 1 column 1 (char 0)", "expected value at line 1 column 1"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":\n  [1,\n 2,,3]}}",
     "Expecting value: line 3 column 4 (char 45)", "expected value at line 3 column 4"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"é\": \"ü\", }",
     "Expecting property name enclosed in double quotes: line 1 column 42 (char 41)",
     "trailing comma at line 1 column 44"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": 1.}}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)", "invalid number at line 1 column 39"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": 1.x}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)", "invalid number at line 1 column 39"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": 01}}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)", "invalid number at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":\"abc",
     "Unterminated string starting at: line 1 column 31 (char 30)",
     "EOF while parsing a string at line 1 column 34"},
    {"\\", "Expecting value: line 1 column 1 (char 0)", "expected value at line 1 column 1"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\": 1e}",
     "Expecting ',' delimiter: line 1 column 38 (char 37)", "invalid number at line 1 column 39"},
    {"{\"version\": \"1.0\", \"model\": ", "Expecting value: line 1 column 29 (char 28)",
     "EOF while parsing a value at line 1 column 28"},
    {"{\"version\":\"1.0\",\"normalizer\":{\n \"a\": 1\n \"b\": 2\n}}",
     "Expecting ',' delimiter: line 3 column 2 (char 41)",
     "expected `,` or `}` at line 3 column 2"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"x\":[[[",
     "Expecting value: line 1 column 39 (char 38)", "EOF while parsing a list at line 1 column 38"},
    {"{\"version\":\"1.0\",\"normalizer\":{\"a\":{\"b\":[1,{\"c\":}",
     "Expecting value: line 1 column 49 (char 48)", "expected value at line 1 column 49"},
    {"{\"version\":\"1.0\",",
     "Expecting property name enclosed in double quotes: line 1 column 18 (char 17)",
     "EOF while parsing a value at line 1 column 17"},
    {"{\"version\":\"1.0\"", "Expecting ',' delimiter: line 1 column 17 (char 16)",
     "EOF while parsing an object at line 1 column 16"},
    {"{\"version\" \"1.0\"}", "Expecting ':' delimiter: line 1 column 12 (char 11)",
     "expected `:` at line 1 column 12"},
    {"{version:\"1.0\"}",
     "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
     "key must be a string at line 1 column 2"},
    {"{\"version\":\"1.0\" \"model\":{}}", "Expecting ',' delimiter: line 1 column 18 (char 17)",
     "expected `,` or `}` at line 1 column 18"},
    {"{\"version\":\"1.0\",\"added_tokens\":[],}",
     "Expecting property name enclosed in double quotes: line 1 column 36 (char 35)",
     "trailing comma at line 1 column 36"},
};

TEST(JsonSyntaxErrors, AreThoseOfTheRealReaders) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(JsonSyntaxError(AsBytes(std::string_view(c.text)), JsonReader::kPython), c.python);
    EXPECT_EQ(JsonSyntaxError(AsBytes(std::string_view(c.text)), JsonReader::kSerde), c.serde);
  }
}

TEST(JsonSyntaxErrors, SayNothingOfWhatNestsTooDeep) {
  const std::string text(100'000, '[');
  EXPECT_EQ(JsonSyntaxError(AsBytes(text), JsonReader::kPython), "");
}

TEST(NonFinite, NumbersStandForThemOutsideStrings) {
  EXPECT_EQ(WithoutNonFinite(R"({"a": [NaN, -Infinity], "NaN": "\"Infinity"})"),
            R"({"a": [0.0, -1e999999], "NaN": "\"Infinity"})");
  EXPECT_EQ(WithoutNonFinite(R"({"a": "NaN", "b": null})"), std::nullopt);
  EXPECT_EQ(WithoutNonFinite("\""), std::nullopt);
  EXPECT_EQ(WithoutNonFinite("\"\\"), std::nullopt);
}

}  // namespace
}  // namespace weighlock
