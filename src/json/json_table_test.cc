// Rows, asked for one by one, and texts that are no table.
#include "json/json_table.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

using Names = std::vector<std::string_view>;

TEST(JsonTable, Rows) {
  const JsonTable table(R"({"a": [1, "}"], "b" : {"c": {"d": "e"}, "f": null}, "a": 2})");
  EXPECT_EQ(table.names(), (Names{"a", "b"}));  // the first of a name counts
  EXPECT_EQ(table.TextOf("a"), R"([1, "}"])");
  EXPECT_EQ(table.TextOf("z"), "");
  ASSERT_NE(table.Find("a"), nullptr);
  EXPECT_EQ(table.Find("a")->items.size(), 2u);
  EXPECT_EQ(table.Find("a"), table.Find("a"));  // parsed once
  EXPECT_EQ(table.Find("z"), nullptr);
  const JsonTable& inner = table.Table("b");
  EXPECT_EQ(inner.names(), (Names{"c", "f"}));
  EXPECT_EQ(*inner.Find("c")->FindString("d"), "e");
  EXPECT_EQ(&inner, &table.Table("b"));
  EXPECT_TRUE(table.Table("z").names().empty());
}

TEST(JsonTable, OtherTexts) {
  const struct {
    const char* text;
    Names names;
  } cases[] = {
      {"", {}},        {"1", {}},
      {"{", {}},       {"{\"a", {}},
      {"{\"a\":", {}}, {"{\"a\": 1", {"a"}},
      {"[1, 2]", {}},  {" {\"a\": 1}", {"a"}},
  };
  for (const auto& c : cases) {
    const JsonTable table(c.text);
    EXPECT_EQ(table.names(), c.names) << c.text;
    for (const std::string_view name : table.names()) (void)table.Find(name);
  }
  EXPECT_EQ(JsonTable(R"({"a": {"b" 1}})").Find("a"), nullptr);
}

}  // namespace
}  // namespace weighlock
