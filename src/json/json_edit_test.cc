// Edits that leave all else as it is.
#include "json/json_edit.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace weighlock {
namespace {

JsonValue Parsed(std::string_view text) {
  auto json = ParseJson(AsBytes(text), Limits());
  EXPECT_TRUE(json) << text;
  return json ? *std::move(json) : JsonValue();
}

TEST(JsonEdits, FindsWhereValuesEnd) {
  const struct {
    std::string_view text;
    size_t begin, end;
  } cases[] = {{"1", 0, 1},
               {"[1, 2]", 1, 2},
               {"{\"a\": tru }", 6, 9},
               {"{\"a\":[{}, \"]\\\"\"]}", 5, 16},
               {"\"a\\\\\"", 0, 5},
               {"{\"a\":-1.5e3}", 5, 11}};
  for (const auto& c : cases) EXPECT_EQ(JsonValueEnd(c.text, c.begin), c.end) << c.text;
}

TEST(JsonEdits, LeaveEveryOtherByte) {
  const std::string text = "{\n  \"a\": [1, 2],\n  \"b\" : {\"c\": \"x\"},\n  \"d\":1e5\n}\n";
  const JsonValue json = Parsed(text);
  JsonEdits edits(text);
  EXPECT_TRUE(edits.empty());
  edits.Replace(*json.Find("a"), "[]");
  EXPECT_TRUE(edits.Rename(json.members[1], "bb"));
  edits.Replace(*json.Find("b")->Find("c"), "null");
  edits.Insert(json, "first", "\"1\"");
  EXPECT_EQ(std::move(edits).Apply(),
            "{\n  \"first\": \"1\",\n  \"a\": [],\n  \"bb\" : {\"c\": null},\n  \"d\":1e5\n}\n");
}

TEST(JsonEdits, RemovesMembers) {
  const struct {
    const char* text;
    std::set<std::string_view> names;
    const char* left;
  } cases[] = {
      {R"({"a": 1, "b": 2, "c": 3})", {"b"}, R"({"a": 1, "c": 3})"},
      {R"({"a": 1, "b": 2, "c": 3})", {"a"}, R"({"b": 2, "c": 3})"},
      {R"({"a": 1, "b": 2, "c": 3})", {"c"}, R"({"a": 1, "b": 2})"},
      {R"({"a": 1, "b": 2, "c": 3})", {"a", "b"}, R"({"c": 3})"},
      {R"({"a": 1, "b": 2, "c": 3})", {"b", "c"}, R"({"a": 1})"},
      {R"({"a": 1, "b": 2, "c": 3})", {"a", "c"}, R"({"b": 2})"},
      {R"({ "a": 1 })", {"a", "z"}, R"({  })"},
      {R"({"a": {"b": 1}})", {"b"}, R"({"a": {"b": 1}})"},
      {"{\n  \"a\": 1,\n  \"b\": [\n  ]\n}\n", {"b"}, "{\n  \"a\": 1\n}\n"},
  };
  for (const auto& c : cases) {
    JsonEdits edits(c.text);
    edits.Remove(Parsed(c.text), c.names);
    EXPECT_EQ(std::move(edits).Apply(), c.left) << c.text;
  }
}

TEST(JsonSpans, AreWhatLiesDirectlyInAValue) {
  const std::string text = R"( {"a" : {"x": [1]}, "b":[2, "}"],"c\"":3 })";
  std::string told;
  for (const JsonSpan& span : JsonSpans(text, 1)) {
    told += std::string(span.name) + "=" + text.substr(span.begin, span.end - span.begin) + ";";
  }
  EXPECT_EQ(told, R"(a={"x": [1]};b=[2, "}"];c\"=3;)");
  EXPECT_EQ(JsonSpans("[1, [2], \"]\"]", 0).size(), 3u);
  EXPECT_EQ(JsonSpans("{}", 0).size(), 0u);
}

TEST(JsonSpans, OfWhatIsNoJsonAreSome) {
  for (const char* text : {"", "{", "[", "{\"", "{\"a", "{\"a\"", "{\"a\":", "[,]", "[1", "[1,",
                           "{1}", "]", "[}", "{\"a\" 1}", "[\"\\"}) {
    EXPECT_LE(JsonSpans(text, 0).size(), 1u) << text;
  }
}

TEST(JsonEdits, InsertIntoWhatIsEmpty) {
  for (const std::string text : {"{}", "{ }", "{\n}"}) {
    const JsonValue json = Parsed(text);
    JsonEdits edits(text);
    edits.Insert(json, "a", "1");
    EXPECT_EQ(Parsed(std::move(edits).Apply()).Find("a")->text, "1") << text;
  }
}

TEST(JsonEdits, DoNotRenameWhatIsSpelledWithEscapes) {
  const std::string text = "{\"\\u0061\": 1}";
  const JsonValue json = Parsed(text);
  JsonEdits edits(text);
  EXPECT_FALSE(edits.Rename(json.members[0], "b"));
  EXPECT_TRUE(edits.empty());
}

TEST(JsonSpanWalk, EndsBehindTheBracket) {
  const struct {
    std::string_view text;
    size_t begin, items, behind;
  } cases[] = {{"[]", 0, 0, 2},
               {" {} ", 1, 0, 3},
               {"[1, \"]\", [2]], 3", 0, 3, 13},
               {R"({"a": {"b": 1}, "c": "}"},)", 0, 2, 25},
               {"[1, 2", 0, 2, 5},
               {R"({"a": 1, "b")", 0, 1, 12},
               {"[1 2]", 0, 1, 5},
               {"7", 0, 0, 1}};
  for (const auto& c : cases) {
    JsonSpanWalk walk(c.text, c.begin);
    size_t items = 0;
    while (walk.Next()) ++items;
    EXPECT_EQ(items, c.items) << c.text;
    EXPECT_EQ(walk.Behind(), c.behind) << c.text;
    EXPECT_FALSE(walk.Next()) << c.text;
  }
}

}  // namespace
}  // namespace weighlock
