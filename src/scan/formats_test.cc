// The judges of data formats: what is by the letter is silent, what is not is said.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "scan/scanner.h"
#include "support/scan_of.h"

namespace weighlock {
namespace {

std::string Text(const ByteVector& bytes) {
  return std::string(AsText(bytes));
}

template <class T>
std::string Le(T value) {
  ByteVector bytes;
  AppendLe(bytes, value);
  return Text(bytes);
}

bool Has(const ScanReport& report, std::string_view rule) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const ScanFinding& finding) { return finding.rule == rule; });
}

std::string Said(const ScanReport& report) {
  std::string text;
  for (const ScanFinding& finding : report.findings)
    text += finding.rule + " " + finding.text + "\n";
  return text;
}

// Runs `true`: what it would do is of no matter.
const std::string kEvilPickle = "cos\nsystem\n(S'true'\ntR.";

std::string Safetensors(const std::string& header, const std::string& data) {
  return Le<uint64_t>(header.size()) + header + data;
}

struct Case {
  const char* what;
  std::string name;
  std::string bytes;
  const char* rule;  // that must be said; empty: clean
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const ScanReport report = ScanOf(c.name, c.bytes);
    if (*c.rule == '\0') {
      EXPECT_TRUE(report.clean()) << c.what << "\n" << Said(report);
    } else {
      EXPECT_TRUE(Has(report, c.rule)) << c.what << "\n" << Said(report);
      EXPECT_FALSE(report.clean() && !std::string_view(c.rule).ends_with("304")) << c.what;
    }
  }
}

TEST(ScanFormats, Safetensors) {
  const std::string one = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const auto with = [](const std::string& entry) { return "{\"a\":{" + entry + "}}"; };
  Check({
      {"a tensor", "m.safetensors", Safetensors(one, "1234"), ""},
      {"padded header", "m.safetensors", Safetensors(one + "   ", "1234"), ""},
      {"an empty tensor", "m.safetensors",
       Safetensors(with(R"("dtype":"F32","shape":[0],"data_offsets":[0,0])"), ""), ""},
      {"metadata", "m.safetensors", Safetensors(R"({"__metadata__":{"format":"pt"}})", ""), ""},
      {"bytes behind", "m.safetensors", Safetensors(one, "12345"), "WL-S-301"},
      {"a pickle behind", "m.safetensors", Safetensors(one, "1234" + kEvilPickle), "WL-S-101"},
      {"out of bounds", "m.safetensors", Safetensors(one, "12"), "WL-S-301"},
      {"reversed", "m.safetensors",
       Safetensors(with(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), "1234"), "WL-S-301"},
      {"a hole", "m.safetensors",
       Safetensors(with(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), "12345678"),
       "WL-S-301"},
      {"a wrong size", "m.safetensors",
       Safetensors(with(R"("dtype":"BF16","shape":[1],"data_offsets":[0,4])"), "1234"), "WL-S-301"},
      {"an unknown dtype", "m.safetensors",
       Safetensors(with(R"("dtype":"X32","shape":[1],"data_offsets":[0,4])"), "1234"), "WL-S-301"},
      {"a shape that overflows", "m.safetensors",
       Safetensors(with(R"("dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,4])"),
                   "1234"),
       "WL-S-301"},
      {"a key twice", "m.safetensors",
       Safetensors(one.substr(0, one.size() - 1) + "," + one.substr(1), "1234"), "WL-S-301"},
      {"metadata that is no text", "m.safetensors", Safetensors(R"({"__metadata__":{"a":1}})", ""),
       "WL-S-301"},
      {"broken JSON", "m.safetensors", Safetensors("{\"a\":", ""), "WL-S-301"},
      {"a huge header", "m.safetensors", Le<uint64_t>(1ull << 60) + "{}", "WL-S-301"},
      {"a header beyond the file", "m.safetensors", Le<uint64_t>(1000) + "{}", "WL-S-301"},
      {"white space first", "m.safetensors", Safetensors(" {}", ""), "WL-S-301"},
      {"long metadata", "m.safetensors",
       Safetensors("{\"__metadata__\":{\"a\":\"" + std::string(70'000, 'x') + "\"}}", ""),
       "WL-S-304"},
      {"a pickle in metadata", "m.safetensors",
       Safetensors(R"({"__metadata__":{"a":"gASVAAAAAAAAAAA="}})", ""), "WL-S-304"},
      // A header of 86 bytes begins with the opcode V, which reads to the next line's end.
      {"a pickle that begins as a header", "pytorch_model.bin",
       Safetensors(
           R"({"a":{"dtype":"U8","shape":[23],"data_offsets":[0,23]},"__metadata__":{"x":"0123456"}})",
           "\n" + kEvilPickle.substr(0, 22)),
       "WL-S-101"},
  });
}

TEST(ScanFormats, SafetensorsWhoseLengthLooksLikeAnotherMagic) {
  // Headers of 376 and 640 bytes begin as zlib and as a pickle of protocol 2.
  for (const size_t size : {376u, 640u, 93u, 80u}) {
    std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
    header.resize(size, ' ');
    const ScanReport report = ScanOf("x.bin", Safetensors(header, "\n"));
    EXPECT_TRUE(report.clean()) << size << Said(report);
    EXPECT_EQ(report.files[0].format, "safetensors");
  }
}

std::string GgufString(std::string_view text) {
  return Le<uint64_t>(text.size()) + std::string(text);
}

// Key, type and value.
std::string GgufKey(std::string_view key, uint32_t type, const std::string& value) {
  return GgufString(key) + Le<uint32_t>(type) + value;
}

std::string GgufTensor(std::string_view name, uint64_t elements, uint32_t type, uint64_t offset) {
  return GgufString(name) + Le<uint32_t>(1) + Le(elements) + Le(type) + Le(offset);
}

std::string Gguf(uint64_t tensors, uint64_t keys, const std::string& entries,
                 const std::string& data) {
  std::string file = "GGUF" + Le<uint32_t>(3) + Le(tensors) + Le(keys) + entries;
  if (tensors > 0) file.resize((file.size() + 31) / 32 * 32);
  return file + data;
}

TEST(ScanFormats, Gguf) {
  const std::string name = GgufKey("general.name", 8, GgufString("x"));
  const std::string words =
      GgufKey("tokens", 9, Le<uint32_t>(8) + Le<uint64_t>(2) + GgufString("a") + GgufString("b"));
  const std::string a = GgufTensor("a", 8, 0, 0), b = GgufTensor("b", 32, 2, 32);
  const auto chat = [](const std::string& text) {
    return GgufKey("tokenizer.chat_template", 8, GgufString(text));
  };
  const std::string data(32, '\0');
  Check({
      {"keys and tensors", "m.gguf", Gguf(2, 2, name + words + a + b, data + data), ""},
      {"the last one not padded", "m.gguf", Gguf(2, 0, a + b, data + std::string(18, 'x')), ""},
      {"a vocabulary only", "m.gguf", Gguf(0, 2, name + words, ""), ""},
      {"a template", "m.gguf", Gguf(0, 1, chat("{{ messages[0]['content'] }}"), ""), ""},
      {"a template that reaches", "m.gguf", Gguf(0, 1, chat("{{ x.__class__ }}"), ""), "WL-S-325"},
      {"another template", "m.gguf",
       Gguf(0, 1, GgufKey("tokenizer.chat_template.tools", 8, GgufString("{% include 'x' %}")), ""),
       "WL-S-325"},
      {"a key twice", "m.gguf", Gguf(0, 2, name + name, ""), "WL-S-320"},
      {"a tensor twice", "m.gguf", Gguf(2, 0, a + GgufTensor("a", 8, 0, 32), data + data),
       "WL-S-320"},
      {"overlap", "m.gguf", Gguf(2, 0, a + GgufTensor("b", 8, 0, 0), data + data), "WL-S-320"},
      {"a hole", "m.gguf", Gguf(2, 0, a + GgufTensor("b", 8, 0, 64), data + data + data),
       "WL-S-320"},
      {"out of bounds", "m.gguf", Gguf(1, 0, GgufTensor("a", 1000, 0, 0), data), "WL-S-320"},
      {"a shape that overflows", "m.gguf", Gguf(1, 0, GgufTensor("a", 1ull << 63, 0, 0), data),
       "WL-S-320"},
      {"rows that are no blocks", "m.gguf", Gguf(1, 0, GgufTensor("a", 31, 2, 0), data),
       "WL-S-320"},
      {"bytes behind", "m.gguf", Gguf(1, 0, a, data + "x"), "WL-S-320"},
      {"too many keys", "m.gguf", Gguf(0, 1ull << 60, name, ""), "WL-S-320"},
      {"a string beyond the file", "m.gguf",
       Gguf(0, 1, GgufKey("x", 8, Le<uint64_t>(1ull << 62)), ""), "WL-S-320"},
      {"an array beyond the file", "m.gguf",
       Gguf(0, 1, GgufKey("x", 9, Le<uint32_t>(4) + Le<uint64_t>(1ull << 62)), ""), "WL-S-320"},
      {"an unknown type of value", "m.gguf", Gguf(0, 1, GgufKey("x", 13, ""), ""), "WL-S-320"},
      {"an alignment of 3", "m.gguf",
       Gguf(0, 1, GgufKey("general.alignment", 4, Le<uint32_t>(3)), ""), "WL-S-320"},
      {"another version", "m.gguf", "GGUF" + Le<uint32_t>(4) + std::string(16, '\0'), "WL-S-001"},
      {"cut off", "m.gguf", Gguf(0, 1, name, "").substr(0, 40), "WL-S-002"},
  });
}

TEST(ScanFormats, Json) {
  Check({
      {"a configuration", "config.json", R"({"model_type": "bert", "hidden_size": 4})", ""},
      {"numbers of Python", "trainer_state.json", R"({"loss": NaN, "x": [-Infinity]})", ""},
      {"a mark at its start", "config.json", "\xEF\xBB\xBF{\"a\": 1}", ""},
      {"lines of JSON", "log.jsonl", "{\"a\": 1}\n{\"a\": 2}\n", ""},
      {"a key twice", "config.json", R"({"a": 1, "a": 2})", "WL-S-330"},
      {"broken", "config.json", R"({"a": 1,})", "WL-S-330"},
      {"auto_map", "config.json", R"({"auto_map": {"AutoModel": "modeling_x.Model"}})", "WL-S-340"},
      {"auto_map in broken JSON", "config.json", R"({"auto_map": {"A": "b.C"},})", "WL-S-340"},
      {"custom_pipelines", "config.json", R"({"custom_pipelines": {"x": {"impl": "p.X"}}})",
       "WL-S-340"},
      {"trust_remote_code", "generation_config.json", R"({"trust_remote_code": true})", "WL-S-340"},
      {"a module of its own", "modules.json", R"([{"type": "custom_st.Transformer"}])", "WL-S-340"},
      {"modules", "modules.json", R"([{"type": "sentence_transformers.models.Pooling"}])", ""},
      {"_target_ in broken JSON", "config.json", R"({"x": {"_target_": "os.system"},})",
       "WL-S-371"},
      {"_target_", "config.json", R"({"x": {"_target_": "os.system"}})", "WL-S-371"},
      {"shards", "model.safetensors.index.json", R"({"weight_map": {"a": "m-1-of-2.safetensors"}})",
       ""},
      {"a shard elsewhere", "model.safetensors.index.json", R"({"weight_map": {"a": "../x"}})",
       "WL-S-203"},
      {"a kernel of the hub", "config.json", R"({"attn_implementation": "some/kernel"})",
       "WL-S-340"},
      {"a usual kernel", "config.json", R"({"_attn_implementation": "flash_attention_2"})", ""},
      {"a pipeline of its own", "model_index.json", R"({"_class_name": ["pipe", "Pipe"]})",
       "WL-S-340"},
      {"a Lambda layer", "model.json",
       R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}})",
       "WL-S-361"},
      {"a web page", "config.json", "<!doctype html><p>404</p>", "WL-S-422"},
      {"a token", "config.json", R"({"hub_token": "hf_0123456789abcdefghijABCDEFGHIJ01"})",
       "WL-S-420"},
      {"a mask", "trainer.json", R"({"hub_token": "<HUB_TOKEN>"})", ""},
  });
}

TEST(ScanFormats, LargeVocabulariesAreWeighed) {
  std::string text = "{\"model\": {\"vocab\": {";
  for (int i = 0; i < 300'000; ++i) text += "\"[{\\\"" + std::to_string(i) + "\": 1, ";
  text += "\"x\": 2}}}\n";
  ASSERT_GT(text.size(), size_t{4} << 20);
  EXPECT_TRUE(ScanOf("tokenizer.json", text).clean()) << Said(ScanOf("tokenizer.json", text));
  EXPECT_FALSE(ScanOf("tokenizer.json", text.substr(0, text.size() - 3)).clean());
  EXPECT_FALSE(ScanOf("tokenizer.json", text + "x").clean());
}

TEST(ScanFormats, SecretsAreNotPrinted) {
  const std::string token = "hf_0123456789abcdefghijABCDEFGHIJ01";
  for (const std::string name : {"notes.txt", "inference.py", "config.json"}) {
    const ScanReport report = ScanOf(name, "{\"x\": \"" + token + "\"}\n");
    EXPECT_TRUE(Has(report, "WL-S-420")) << name;
    EXPECT_EQ(Said(report).find(token.substr(0, 8)), std::string::npos) << Said(report);
  }
  EXPECT_TRUE(Has(ScanOf("/x/.env", "A=1\n"), "WL-S-420"));
  EXPECT_TRUE(Has(ScanOf("k.txt", "-----BEGIN OPENSSH PRIVATE KEY-----\n"), "WL-S-420"));
}

TEST(ScanFormats, NamesThatPromiseSomethingElse) {
  EXPECT_TRUE(Has(ScanOf("model.safetensors", kEvilPickle), "WL-S-300"));
  EXPECT_TRUE(Has(ScanOf("model.safetensors", kEvilPickle), "WL-S-101"));
  EXPECT_TRUE(
      Has(ScanOf("config.json", std::string("PK\5\6") + std::string(18, '\0')), "WL-S-300"));
  EXPECT_FALSE(Has(ScanOf("config.json", "{}"), "WL-S-300"));
  EXPECT_FALSE(Has(ScanOf("README.md", "# x\n"), "WL-S-300"));
}

// Neither clean nor a crash, wherever the file ends or a bit turns.
TEST(ScanFormats, DamageIsNeverClean) {
  const std::string whole =
      Gguf(1, 1, GgufKey("general.name", 8, GgufString("x")) + GgufTensor("a", 8, 0, 0),
           std::string(32, 'x'));
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(ScanOf("m.gguf", whole.substr(0, size)).clean()) << size;
  }
  for (size_t i = 0; i < whole.size() * 8; ++i) {
    std::string flipped = whole;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
    (void)ScanOf("m.gguf", flipped);
  }
}

}  // namespace
}  // namespace weighlock
