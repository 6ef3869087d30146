// Texts, and what is kept of them.
#include "scan/text/json_sketch.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace weighlock::scan {
namespace {

using Kind = JsonValue::Kind;

ByteSource Source(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return ByteSource::FromMemory({bytes.begin(), bytes.end()}, "x.json");
}

// As short as it can be told: {"key": value} without quotes.
std::string Told(const JsonValue& value) {
  std::string told;
  if (value.Is(Kind::kString)) return value.text;
  if (value.Is(Kind::kBool)) return value.boolean ? "true" : "false";
  if (value.Is(Kind::kNull)) return "null";
  for (const JsonValue& item : value.items) told += (told.empty() ? "" : " ") + Told(item);
  for (const auto& [name, member] : value.members) {
    told += (told.empty() ? "" : " ") + name + ":" + Told(member);
  }
  return value.Is(Kind::kArray) ? "[" + told + "]" : "{" + told + "}";
}

std::string Sketch(std::string_view text) {
  const auto sketch = SketchJson(Source(text));
  EXPECT_TRUE(sketch.has_value());
  std::string told;
  for (const JsonValue& tree : sketch->trees) told += (told.empty() ? "" : "; ") + Told(tree);
  if (!sketch->is_whole) told += "; not whole";
  if (sketch->stopped) told += "; stopped";
  return told;
}

std::string Times(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(JsonSketch, KeepsWhatNamesCode) {
  const struct {
    std::string text, kept;
  } cases[] = {
      {R"({"model": {"vocab": {"a": 1, "b": [2, 3]}}, "n": -1.5e3})", "{}"},
      {R"({"a": {"_target_": "os.system", "b": 1}, "c": 2})", "{a:{_target_:os.system}}"},
      {R"({"_tar\u0067et_": "a\"b\\"})", R"({_target_:a"b\})"},
      {R"({"auto_map": {"A": "x.y", "B": ["z"]}})", "{auto_map:{A:x.y B:[z]}}"},
      {R"({"chat_template": [{"name": "t", "template": "{{ x }}"}]})",
       "{chat_template:[{name:t template:{{ x }}}]}"},
      {R"([{"class_name": "cat"}, {"class_name": "Lambda", "config": {}}])",
       "[{class_name:Lambda config:{}}]"},
      {R"([{"text": "a", "target": "os.system"}, {"params": {}, "target": "os.system"}])",
       "[{target:os.system args:null}]"},
      {R"([{"path": "os.system"}, {"path": "os.system", "_target_": "hydra.x"}, {"path": "a.b"}])",
       "[{path:os.system _target_:hydra.x}]"},
      {R"([{"value": "8001"}, {"_type": "x", "value": "80"}, {"_type": "CLOUDPICKLE_FALLBACK", "value": "80"}])",
       "[{_type:CLOUDPICKLE_FALLBACK value:80}]"},
      {R"j({"vocab": ["$", "$ (x)", "$5"], "run": ["$os.system('x')", "\u0024__x__(1)"]})j",
       "{run:[$os.system('x') $__x__(1)]}"},
      {R"({"class_name": "A", "class_name": "B", "config": null})",
       "{class_name:A class_name:B config:null}"},
      {R"({"type": "BPE", "t": {"type": "os.system"}})", "{t:{type:os.system}}"},
      {R"({"trust_remote_code": true, "x": {"trust_remote_code": false}})",
       "{trust_remote_code:true}"},
      {R"({"weight_map": {"w": "model-1.safetensors", "v": "../x"}})", "{weight_map:{v:../x}}"},
      {"\xEF\xBB\xBF{}", "{}"},
  };
  for (const auto& row : cases) EXPECT_EQ(Sketch(row.text), row.kept) << row.text;
}

TEST(JsonSketch, TakesWhatIsNotByTheLetter) {
  const struct {
    std::string text, kept;
  } cases[] = {
      {R"({"_target_": "a.b", "x": NaN, })", "{_target_:a.b}"},
      {R"({"a": {"_target_": "a.b")", "{a:{_target_:a.b}}; not whole"},
      {R"({"a": [{"_target_": "a.b"}}])", "{a:[{_target_:a.b}]}; not whole"},
      {R"({"a": 1} {"_target_": "a.b"})", "{}; {_target_:a.b}; not whole"},
      {R"("_target_")", ""},
      {"", "; not whole"},
      {"}]:,", "; not whole"},
  };
  for (const auto& row : cases) EXPECT_EQ(Sketch(row.text), row.kept) << row.text;
}

TEST(JsonSketch, HasItsBounds) {
  const std::string target = R"({"_target_": "a.b"})";
  EXPECT_EQ(Sketch(Times("[", 500) + target + Times("]", 500)).find("stopped"), std::string::npos);
  EXPECT_NE(Sketch(Times("{\"a\":", 500) + target + Times("}", 500)).find("_target_:a.b"),
            std::string::npos);
  EXPECT_NE(Sketch(Times("[", 20'000)).find("stopped"), std::string::npos);
  EXPECT_NE(Sketch("{\"_target_\": \"" + std::string(2 << 20, 'x') + "\"}").find("stopped"),
            std::string::npos);
  const std::string many = "[" + Times(target + ",", 300'000) + "0]";
  EXPECT_NE(Sketch(many).find("stopped"), std::string::npos);
  const std::string labels = "[" + Times(R"({"class_name": "cat"},)", 300'000) + "0]";
  EXPECT_EQ(Sketch(labels), "[]");
}

}  // namespace
}  // namespace weighlock::scan
