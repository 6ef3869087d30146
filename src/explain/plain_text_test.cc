// Texts as terminals, loggers and web pages spell them, and what explain makes of them.
#include "explain/plain_text.h"

#include <gtest/gtest.h>

#include <random>

#include "weighlock/explain.h"

namespace weighlock {
namespace {

struct Case {
  const char* text;
  const char* plain;
};

TEST(PlainText, ReadsWhatWasSpelledOtherwise) {
  const Case cases[] = {
      {"", ""},
      {"KeyError: 'llama'\n", "KeyError: 'llama'\n"},
      // Colours: as bytes, spelled, as cat -v and browsers show them, and without their escape.
      {"\x1b[1;31mred\x1b[0m", "red"},
      {"\x1b]0;title\atext", "text"},
      {"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
      {"\\x1b[31mred\\u001b[0m", "red"},
      {"\\033[31mred\\e[0m", "red"},
      {"^[[31mred^[[0m", "red"},
      {"␛[31mred␛[0m", "red"},
      {"[0;31mKeyError[0m: 'x'", "KeyError: 'x'"},
      {"['awq', [3, 4], [m, [12]", "['awq', [3, 4], [m, [12]"},
      {"~~~^^^^ [5]^", "~~~^^^^ [5]^"},
      // Escapes, also those of a text within a text.
      {"\\u0027llama\\u0027", "'llama'"},
      {"\\\\u0027llama\\\\\\\\u0027", "'llama'"},
      {"\\x27llama\\x22", "'llama\""},
      {"\\\"llama\\\\\\\"", "\"llama\""},
      {"\\ud83d\\ude00 \\u00e4", "\xF0\x9F\x98\x80 ä"},
      {"\\ud83d \\ude00", "\\ud83d \\ude00"},
      {"\\u0000a\\u000ab\\u0009c", "a\nb\tc"},
      {"invalid load key, '\\x80', '\\x00'", "invalid load key, '\\x80', '\\x00'"},
      {"\\u12 \\", "\\u12 \\"},
      // Ends of lines are spelled so in JSON only.
      {"{\"log\": \"a\\nb\\tc\\r\\n\"}", "{\"log\": \"a\nb\tc\n\"}"},
      {"\"{\\\"log\\\": \\\"a\\\\nb\\\"}\"", "\"{\"log\": \"a\nb\"}\""},
      {"10:00 {\"log\":\"C:\\\\new\\\\x.py\\nb\"}", "10:00 {\"log\":\"C:\\\\new\\\\x.py\nb\"}"},
      {"File \"C:\\new\\test.py\"", "File \"C:\\new\\test.py\""},
      {"{\"a\": \"b\\nc\"}\nC:\\new", "{\"a\": \"b\nc\"}\nC:\\new"},
      // Entities.
      {"&quot;a&#39;b&#x27;c&lt;d&gt; &amp; e", "\"a'b'c<d> & e"},
      {"&amp;#39;a&amp;quot;", "'a\""},
      {"&nobodys; & &; &#; &#x110000; &#xd800; R&D", "&nobodys; & &; &#; &#x110000; &#xd800; R&D"},
      {"&ldquo;a&rdquo; &#8222;b&#x201c;", "\"a\" \"b\""},
      // Quotes of typesetters, of several languages.
      {"‘a’ “b” ‚c‘ „d“ «\u00a0e\u202f» ‹f› 「g」 『h』",
       "'a' \"b\" 'c' \"d\" \" e \" 'f' \"g\" \"h\""},
      {"naïve…", "naïve…"},
      {"\x1b[", ""},
      {"\x1b", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(PlainText(c.text), c.plain) << c.text;
}

TEST(PlainText, IsNoLongerThanItsTextWhateverThatIs) {
  std::mt19937 random(5);
  const std::string_view pieces[] = {
      "\\", "u", "0027", "d83d", "n", "&",   "amp;", "#39;", "{\"",   "\":", "\n",  "\x1b", "[",
      "3",  "m", "^",    "\xE2", "“", "x1b", "]",    "\a",   "ude00", ";",   "033", "e[",   "a"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t i = random() % 12; i > 0; --i) text += pieces[random() % std::size(pieces)];
    EXPECT_LE(PlainText(text).size(), text.size()) << text;
  }
}

// The failure that is told first, and the first value that fills a slot of it.
std::string First(std::string_view text) {
  const auto report = ExplainMessage(text);
  if (!report) return report.error().Message();
  if (report->found.empty()) return "";
  const Explanation& e = report->found[0];
  return e.failure.id + (e.values.empty() ? "" : " " + e.values[0].second);
}

TEST(PlainText, ExplainKnowsAFailureByItsWordsHoweverTheyAreSpelled) {
  const std::string_view python313 =
      "Traceback (most recent call last):\n"
      "  File \x1b[35m\"/a/transformers/models/auto/configuration_auto.py\"\x1b[0m, line "
      "\x1b[35m3\x1b[0m, in \x1b[35m__getitem__\x1b[0m\n    raise KeyError(key)\n"
      "\x1b[1;35mKeyError\x1b[0m: \x1b[35m'llama'\x1b[0m\n";
  const std::string_view ipython =
      "\x1b[0;31mKeyError\x1b[0m                    Traceback (most recent call last)\n"
      "Cell \x1b[0;32mIn[3], line 1\x1b[0m\n"
      "\x1b[0;32m/a/site-packages/transformers/models/auto/configuration_auto.py\x1b[0m in "
      "\x1b[0;36m__getitem__\x1b[0;34m(self, key)\x1b[0m\n"
      "\x1b[1;32m    432\x1b[0m     \x1b[0;32mraise\x1b[0m \x1b[0mKeyError\x1b[0m\x1b[0;34m(\x1b[0m"
      "\x1b[0mkey\x1b[0m\x1b[0;34m)\x1b[0m\n\n\x1b[0;31mKeyError\x1b[0m: 'llama'\n";
  const std::string_view notebook =
      R"~({"traceback": ["\u001b[0;31mKeyError\u001b[0m      Traceback (most recent call last)", )~"
      R"~("\u001b[0;32m/a/site-packages/transformers/models/auto/configuration_auto.py\u001b[0m in )~"
      R"~(\u001b[0;36m__getitem__\u001b[0;34m(self, key)\u001b[0m", "\u001b[1;32m  432\u001b[0m )~"
      R"~(\u001b[0;32mraise\u001b[0m KeyError(key)", "", "\u001b[0;31mKeyError\u001b[0m: 'llama'", )~"
      R"~(""]})~";
  const std::string_view gson =
      R"({"message":"  File \"/a/transformers/models/auto/configuration_auto.py\", line 432, in )"
      R"(__getitem__\n    raise KeyError(key)\nKeyError: \u0027llama\u0027\n"})";
  const std::string_view texts[] = {
      python313,
      ipython,
      notebook,
      gson,
      "\x1b[1;31mKeyError\x1b[0m: \x1b[32m'llama'\x1b[0m\n",
      "[1;31mKeyError[0m: [32m'llama'[0m",
      "^[[1;31mKeyError^[[0m: ^[[32m'llama'^[[0m",
      "KeyError: &#x27;llama&#x27;",
      "KeyError: &amp;#39;llama&amp;#39;",
      "KeyError: „llama“",
      "KeyError: ‚llama‘",
      "KeyError: «\u00a0llama\u00a0»",
      "KeyError: 「llama」",
      R"({"log":"KeyError: 'llama'\n","stream":"stderr","time":"2026-03-01T10:00:00Z"})",
      R"({"log":"{\"message\": \"KeyError: 'llama'\\n\", \"level\": 3}\n","stream":"stderr"})",
  };
  for (const std::string_view text : texts) EXPECT_EQ(First(text), "E20 llama") << text;
}

TEST(PlainText, WhatIsNoIdentifierIsNotSoughtInTheReleases) {
  const char* const texts[] = {
      "The checkpoint you are trying to load has model type `a$b` but Transformers does not "
      "recognize this architecture.",
      "The checkpoint you are trying to load has model type `123` but Transformers does not "
      "recognize this architecture.",
  };
  for (const char* const text : texts) {
    const auto report = ExplainMessage(text);
    ASSERT_TRUE(report && !report->found.empty()) << text;
    for (const Remedy& remedy : report->found[0].failure.upgrades) {
      EXPECT_EQ(remedy.also.find("knows"), std::string::npos) << remedy.also;
    }
  }
}

}  // namespace
}  // namespace weighlock
