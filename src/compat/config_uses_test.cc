// Statements of kb/config_uses.json, carried out on small configurations.
#include "compat/config_uses.h"

#include <gtest/gtest.h>

#include "json/json.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

// A table whose one row does as a case says, of a model with two keys.
std::string TableOf(const std::string& statements) {
  return R"({"schema": "weighlock-config-uses/1",
    "usual": {"config.json": {"a": "int", "b": "float None", "c": "str", "d": "dict"}},
    "models": {"m": {"defaults": {"a": 8}, "aliases": {"a": "other"}}},
    "words": {"size_first": [["", ">=2.0", "TypeError: first {class}"]],
              "size_behind": [["", "", "TypeError: {class} at {place}"]]},
    "uses": [{"stage": "weights", "text": "t", "source": "s", "models": ["m"], "do": [)" +
         statements + "]}]}";
}

// What is raised; "-": nothing.
std::string Raised(const std::string& statements, const std::string& config,
                   const std::string& target = "transformers==4.37.2,torch==2.1.2,python==3.10") {
  const std::string table = TableOf(statements);
  const auto uses = ConfigUses::Parse(table);
  const auto values = ParseJson(AsBytes(config), Limits());
  const auto runtime = ParseTarget(target);
  EXPECT_TRUE(uses && values && runtime) << table;
  const UseReport report = uses->Report({*values, "config.json", "m", "Any", *runtime});
  return report.fault ? report.fault->key + ": " + report.fault->message : "-";
}

TEST(ConfigUses, PythonsOperators) {
  const struct {
    const char *statements, *config, *raised;
  } cases[] = {
      {R"(["%", 32, "a"])", R"({"a": "4"})",
       "a: TypeError: unsupported operand type(s) for %: 'int' and 'str'"},
      {R"(["%", 32, "a"])", R"({"a": 4})", "-"},
      {R"(["%", "c", 3])", R"({"c": ""})",
       "c: TypeError: not all arguments converted during string formatting"},
      {R"(["*", "a", 0.5])", R"({"a": [1]})",
       "a: TypeError: can't multiply sequence by non-int of type 'float'"},
      {R"(["*", "a", 2], ["each", "a"])", R"({"a": "x"})",
       "a: TypeError: 'str' object cannot be interpreted as an integer"},
      {R"(["**", "a", -0.5])", R"({"a": null})",
       "a: TypeError: unsupported operand type(s) for ** or pow(): 'NoneType' and 'float'"},
      {R"(["<", "b", 0])", R"({"b": {}})",
       "b: TypeError: '<' not supported between instances of 'dict' and 'int'"},
      {R"(["<", "b", 0])", R"({"b": true})", "-"},
      {R"(["int", "a"])", R"({"a": "x"})",
       "a: ValueError: invalid literal for int() with base 10: 'x'"},
      {R"(["int", "a"])", R"({"a": []})",
       "a: TypeError: int() argument must be a string, a bytes-like object or a real number, not "
       "'list'"},
      {R"(["in", "x", "d"])", R"({"d": 0.5})",
       "d: TypeError: argument of type 'float' is not iterable"},
      {R"(["in", "x", "d"])", R"({"d": "x"})", "-"},
      {R"(["item", "d", "x"])", R"({"d": []})",
       "d: TypeError: list indices must be integers or slices, not str"},
      {R"(["attribute", "d", "items", "dict"])", R"({"d": null})",
       "d: AttributeError: 'NoneType' object has no attribute 'items'"},
      {R"(["hash", "c"])", R"({"c": []})", "c: TypeError: unhashable type: 'list'"},
      {R"(["iterate", "c"])", R"({"c": 3})", "c: TypeError: 'int' object is not iterable"},
      {R"(["dotted", "c"])", R"({"c": true})", "c: IndexError: list index out of range"},
      {R"(["if", ["or", ["is", "c", "int"], "a"], [["raise", "E: {class} {python}", "c"]]])",
       R"({"c": 3})", "c: E: int 3"},
      {R"(["if", ["and", ["is", "c", "str"], "c"], [], [["raise", "E: {repr}", "c"]]])",
       R"({"c": ""})", "c: E: ''"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Raised(c.statements, c.config), c.raised) << c.statements << " of " << c.config;
  }
}

TEST(ConfigUses, TorchsModules) {
  EXPECT_EQ(Raised(R"(["tensor", "a", 4])", R"({"a": true})"), "a: TypeError: first bool");
  EXPECT_EQ(Raised(R"(["tensor", 4, "a"])", R"({"a": true})"), "-");
  EXPECT_EQ(Raised(R"(["tensor", 4, "a"])", R"({"a": 4.0})"), "a: TypeError: float at 2");
  EXPECT_EQ(Raised(R"(["tensor", "a", 4])", R"({"a": null})", "transformers==4.20.1,torch==1.9.0"),
            "a: ");
  EXPECT_EQ(Raised(R"(["Embedding", 8, 4, "b"])", R"({"b": "1"})"),
            "b: TypeError: '>' not supported between instances of 'str' and 'int'");
  EXPECT_EQ(Raised(R"(["Embedding", "a", 4, 3])", R"({"a": true})"),
            "a: AssertionError: Padding_idx must be within num_embeddings");
  EXPECT_EQ(Raised(R"(["Embedding", 8, 4, "a"])", R"({"a": 1.0})"),
            "a: IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte "
            "Variables are valid indices (got float)");
  EXPECT_EQ(Raised(R"(["Dropout", "b"])", R"({"b": []})"),
            "b: TypeError: '<' not supported between instances of 'list' and 'int'");
  EXPECT_EQ(Raised(R"(["Dropout", "b"])", R"({"b": 0.5})"), "-");
}

TEST(ConfigUses, NothingIsSaidOfUsualValues) {
  EXPECT_EQ(Raised(R"(["raise", "E: always", "a"])", R"({"a": 1})"), "-");
  EXPECT_EQ(Raised(R"(["raise", "E: always", "a"])", R"({"a": 1, "c": 3})"), "-");
  EXPECT_EQ(Raised(R"(["raise", "E: always", "a"])", R"({"a": "1"})"), "a: E: always");
  EXPECT_EQ(Raised(R"(["each", "a"])", R"({"a": 1, "other": 3.0, "c": 3})"), "-");
}

TEST(ConfigUses, WhatIsBuiltInIsReadWhole) {
  const std::string text = ReadFile(WL_SOURCE_DIR "/kb/config_uses.json");
  const auto table = ParseJson(AsBytes(text), Limits());
  ASSERT_TRUE(table);
  for (const JsonValue& row : table->Find("uses")->items) {
    for (const char* key : {"stage", "text", "source"}) EXPECT_TRUE(row.FindString(key)) << key;
    ASSERT_TRUE(row.Find("do")) << *row.FindString("source");
  }
  EXPECT_FALSE(ConfigUses::Parse("{}"));
}

}  // namespace
}  // namespace weighlock
