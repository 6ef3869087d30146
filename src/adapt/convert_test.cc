// Conversions whole: what comes out, what is refused with which words, and that nothing is ever
// overwritten or left behind.
#include "weighlock/convert.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/package.h"

namespace weighlock {
namespace {

std::vector<TestTensor> TwoTensors() {
  return {{"encoder.weight", "F32", "[4, 8]", Floats(32, 1)},
          {"encoder.bias", "F32", "[8]", Floats(8, 2)}};
}

// The tensors' bytes as our own reader finds them in a torch file, by name.
std::string TensorBytes(const std::string& path, const std::string& name) {
  auto package = Inspect(path);
  EXPECT_TRUE(package);
  for (const Tensor& t : package->artefacts.at(0).model->tensors) {
    if (t.name == name) return ReadFile(path).substr(t.data.offset, t.data.size);
  }
  return "no such tensor";
}

TEST(Convert, BothContainersHoldTheSameBytesAndSameBytesTwice) {
  TemporaryFolder folder;
  WriteFile(folder / "model.safetensors", SafetensorsFile(TwoTensors()));
  for (const auto container : {TorchContainer::kZip, TorchContainer::kLegacy}) {
    ConvertOptions options;
    options.container = container;
    const std::string name = container == TorchContainer::kZip ? "zip" : "legacy";
    for (const unsigned threads : {1u, 2u, 7u}) {
      options.threads = threads;
      options.digests = threads == 2;
      auto report = Convert(folder / "model.safetensors",
                            folder / (name + std::to_string(threads) + ".bin"), options);
      ASSERT_TRUE(report) << report.error().Message();
      ASSERT_EQ(report->tensors.size(), 2u);
      EXPECT_EQ(report->tensors[0].sha256.size(), options.digests ? 64u : 0u);
    }
    const std::string first = ReadFile(folder / (name + "1.bin"));
    EXPECT_EQ(ReadFile(folder / (name + "2.bin")), first);
    EXPECT_EQ(ReadFile(folder / (name + "7.bin")), first);
    EXPECT_EQ(TensorBytes(folder / (name + "1.bin"), "encoder.weight"), Floats(32, 1));
    EXPECT_EQ(TensorBytes(folder / (name + "1.bin"), "encoder.bias"), Floats(8, 2));
  }
}

TEST(Convert, EveryDTypeThatTorchHas) {
  TemporaryFolder folder;
  const std::pair<const char*, size_t> dtypes[] = {
      {"BOOL", 1},    {"U8", 1},          {"I8", 1},          {"F8_E5M2", 1}, {"F8_E4M3", 1},
      {"F8_E8M0", 1}, {"F8_E4M3FNUZ", 1}, {"F8_E5M2FNUZ", 1}, {"I16", 2},     {"U16", 2},
      {"F16", 2},     {"BF16", 2},        {"I32", 4},         {"U32", 4},     {"F32", 4},
      {"C64", 8},     {"F64", 8},         {"I64", 8},         {"U64", 8}};
  std::vector<TestTensor> tensors;
  for (const auto& [dtype, size] : dtypes) {
    tensors.push_back({fmt::format("t.{}", dtype), dtype, "[2, 3]", std::string(6 * size, 'x')});
    tensors.push_back({fmt::format("scalar.{}", dtype), dtype, "[]", std::string(size, 'y')});
    tensors.push_back({fmt::format("empty.{}", dtype), dtype, "[0, 3]", ""});
  }
  tensors.push_back({"t.F4", "F4", "[2, 4]", "abcd"});
  WriteFile(folder / "model.safetensors", SafetensorsFile(tensors));
  for (const auto container : {TorchContainer::kZip, TorchContainer::kLegacy}) {
    ConvertOptions options;
    options.container = container;
    const std::string out = folder / (container == TorchContainer::kZip ? "zip.bin" : "legacy.bin");
    auto report = Convert(folder / "model.safetensors", out, options);
    ASSERT_TRUE(report) << report.error().Message();
    EXPECT_EQ(report->tensors.size(), tensors.size());
  }
}

TEST(Convert, NamesThatTheMetadataSaysWereRemovedComeBack) {
  TemporaryFolder folder;
  WriteFile(folder / "m.safetensors",
            SafetensorsFile({{"embed.weight", "F32", "[2]", Floats(2, 1)}},
                            R"({"format":"pt","lm_head.weight":"embed.weight"})"));
  auto report = Convert(folder / "m.safetensors", folder / "m.bin", {});
  ASSERT_TRUE(report) << report.error().Message();
  ASSERT_EQ(report->notes.size(), 1u);
  EXPECT_EQ(
      report->notes[0],
      "tensor \"lm_head.weight\" shares the bytes of \"embed.weight\" again, as the metadata says");
  EXPECT_EQ(TensorBytes(folder / "m.bin", "lm_head.weight"), Floats(2, 1));
}

void WriteShards(const TemporaryFolder& folder) {
  WriteFile(
      folder / "model-00001-of-00002.safetensors",
      SafetensorsFile({{"a", "F32", "[2]", Floats(2, 1)}, {"b", "F32", "[1]", Floats(1, 2)}}));
  WriteFile(folder / "model-00002-of-00002.safetensors",
            SafetensorsFile({{"c", "I64", "[1]", "12345678"}}));
  WriteFile(folder / "model.safetensors.index.json",
            R"({"metadata":{"total_size":20},"weight_map":{"a":"model-00001-of-00002.safetensors",)"
            R"("b":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}})");
}

TEST(Convert, ATensorCalledPtIsNotTiedToTheFormat) {
  TemporaryFolder folder;
  WriteFile(folder / "m.safetensors", SafetensorsFile({{"pt", "F32", "[2]", Floats(2, 1)}}));
  auto report = Convert(folder / "m.safetensors", folder / "m.bin", {});
  ASSERT_TRUE(report) << report.error().Message();
  EXPECT_TRUE(report->notes.empty());
}

TEST(Convert, ShardsThroughTheirIndexOrTheirFolder) {
  TemporaryFolder folder, out;
  WriteShards(folder);
  auto by_index = Convert(folder / "model.safetensors.index.json", out / "i.bin", {});
  ASSERT_TRUE(by_index) << by_index.error().Message();
  auto by_folder = Convert(folder.path(), out / "f.bin", {});
  ASSERT_TRUE(by_folder) << by_folder.error().Message();
  EXPECT_EQ(ReadFile(out / "i.bin"), ReadFile(out / "f.bin"));
  EXPECT_EQ(TensorBytes(out / "i.bin", "c"), "12345678");
}

struct Bad {
  const char* name;
  std::string content;
  const char* message;  // "{}" stands for the folder
};

TEST(Convert, RefusedInputTable) {
  const Bad table[] = {
      {"cut.safetensors", SafetensorsFile(TwoTensors()).substr(0, 300),
       "cut.safetensors+0x12c: truncated: the header promises 160 bytes of tensors, the "
       "file holds 116"},
      {"lfs.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
       "lfs.safetensors: malformed: this is a git-lfs pointer, not weights: the repository was "
       "cloned "
       "without git-lfs (git lfs pull fetches the file)"},
      {"page.safetensors", "<!DOCTYPE html><html><body>Sign in</body></html>",
       "page.safetensors: malformed: this is a web page, not weights: the download answered with "
       "an error or a login page"},
      {"empty.safetensors", "", "empty.safetensors: malformed: the file is empty"},
      {"f6.safetensors", SafetensorsFile({{"w", "F6_E2M3", "[4]", "abc"}}),
       "{}/f6.safetensors: unsupported: tensor \"w\": torch has no dtype for F6_E2M3"},
      {"f4.safetensors", SafetensorsFile({{"w", "F4", "[4, 1]", "ab"}}),
       "{}/f4.safetensors: unsupported: tensor \"w\": F4 [4, 1]: torch packs pairs along the last "
       "dimension, which is not even"},
      {"huge.safetensors", SafetensorsFile({{"w", "U8", "[9223372036854775808, 0]", ""}}),
       "{}/huge.safetensors: unsupported: tensor \"w\": shape [9223372036854775808, 0] is beyond "
       "what torch can count"},
      {"notes.txt", "hello",
       "{}/notes.txt: unsupported: there are no weights in it that can be read"},
  };
  for (const Bad& bad : table) {
    TemporaryFolder folder;
    WriteFile(folder / bad.name, bad.content);
    auto report = Convert(folder / bad.name, folder / "out.bin", {});
    ASSERT_FALSE(report) << bad.name;
    std::string wanted = bad.message;
    if (wanted.starts_with("{}")) wanted.replace(0, 2, folder.path());
    EXPECT_EQ(report.error().Message(), wanted);
    EXPECT_EQ(folder.Count(), 1u) << bad.name << " left something behind";
  }
}

TEST(Convert, AMissingShardIsNamed) {
  TemporaryFolder folder;
  WriteShards(folder);
  std::filesystem::remove(folder / "model-00002-of-00002.safetensors");
  for (const std::string& input : {folder / "model.safetensors.index.json", folder.path()}) {
    auto report = Convert(input, folder / "out.bin", {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().Message(),
              "model.safetensors.index.json: malformed: the index wants the shard "
              "\"model-00002-of-00002.safetensors\" (1 tensors), which is not in the package");
  }
}

TEST(Convert, NothingIsOverwritten) {
  TemporaryFolder folder;
  WriteFile(folder / "m.safetensors", SafetensorsFile(TwoTensors()));
  WriteFile(folder / "taken.bin", "precious");
  auto report = Convert(folder / "m.safetensors", folder / "taken.bin", {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::kConflict);
  EXPECT_EQ(
      report.error().Message(),
      folder / "taken.bin" +
          ": exists already: there is something of this name, and nothing is ever overwritten");
  EXPECT_EQ(ReadFile(folder / "taken.bin"), "precious");
  EXPECT_EQ(folder.Count(), 2u);
}

TEST(Convert, AFileSizeLimitIsAnErrorAndLeavesNothing) {
  TemporaryFolder folder;
  WriteFile(folder / "m.safetensors",
            SafetensorsFile({{"w", "F32", "[500000]", Floats(500000, 1)}}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{1'000'000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto report = Convert(folder / "m.safetensors", folder / "out.bin", {});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::kIo);
  EXPECT_EQ(report.error().what(), "cannot write: File too large (EFBIG)");
  EXPECT_EQ(folder.Count(), 1u);
}

}  // namespace
}  // namespace weighlock
