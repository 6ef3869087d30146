// Packages that are folders with odd things in them, archives that lie about their size, and what
// is held of them in memory.
#include "package/package_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/adapt.h"
#include "weighlock/convert.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

std::string SmallModel() {
  return SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}});
}

// Packs `members` of `root` with the real tar.
void RealTar(const std::string& archive, const std::string& root, const std::string& members) {
  const char* how = archive.ends_with("gz") ? "czf" : "cf";
  ASSERT_EQ(std::system(fmt::format("tar {} {} -C {} {}", how, archive, root, members).c_str()), 0);
}

TEST(Package, AFolderMayHaveMoreFilesThanAProcessMayOpen) {
  TemporaryFolder folder;
  constexpr int kFiles = 500;
  WriteFile(folder / "p/model.safetensors", SmallModel());
  for (int i = 1; i < kFiles; ++i) WriteFile(folder / fmt::format("p/a/{:03}.json", i), "{}");
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit few{256, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  auto report = Adapt(folder / "p", folder / "out", *ParseTarget("transformers==4.37.2"), {});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  ASSERT_TRUE(report) << report.error().Message();
  EXPECT_EQ(report->files.size(), size_t{kFiles});
  EXPECT_TRUE(report->findings.empty());
  EXPECT_EQ(ReadFile(folder / "out/model.safetensors"), SmallModel());
}

TEST(Package, AFileThatChangesBetweenReadsIsAnError) {
  TemporaryFolder folder;
  WriteFile(folder / "f", "one");
  auto source = ByteSource::OpenFileAtEachRead(folder / "f", "f");
  ASSERT_TRUE(source && source->Head(3));
  fs::rename(folder / "f", folder / "g");
  WriteFile(folder / "f", "two");
  auto again = source->Head(3);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), Code::kMismatch);
}

TEST(Package, NamesInAFolderKeepToTheRulesOfArchives) {
  TemporaryFolder folder;
  for (const char* name : {"a\\b", "a\nb", "Config.json", "config.json", "fine"}) {
    WriteFile(folder / name, "{}");
  }
  const auto package = Inspect(folder.path());
  ASSERT_TRUE(package) << package.error().Message();
  std::string said;
  for (const Finding& finding : package->findings) said += AsError(finding).Message() + "\n";
  EXPECT_EQ(said,
            "a\nb: malformed: the name \"a\\x0ab\" has the control byte 0x0a at 1\n"
            "a\\b: malformed: the name \"a\\\\b\" has a backslash\n"
            "config.json: malformed: \"Config.json\" and \"config.json\" differ only in case\n");
  EXPECT_EQ(package->artefacts.size(), 2u);
  EXPECT_NE(FirstUnread(*package), nullptr);
}

TEST(Package, WhatIsNoFileIsLeftOutAndSaid) {
  TemporaryFolder folder;
  WriteFile(folder / "p/config.json", "{}");
  WriteFile(folder / "elsewhere/file", "x");
  ASSERT_EQ(::mkfifo((folder / "p/fifo").c_str(), 0600), 0);
  fs::create_directory_symlink(folder / "elsewhere", folder / "p/folder-link");
  auto package = Inspect(folder / "p");
  ASSERT_TRUE(package);
  EXPECT_EQ(package->artefacts.size(), 1u);
  ASSERT_EQ(package->findings.size(), 2u);
  for (const Finding& finding : package->findings) {
    EXPECT_EQ(finding.severity, Severity::kWarning);
    EXPECT_EQ(finding.text, finding.path == "fifo"
                                ? "no regular file: it is not part of the package"
                                : "a link to no file: it is not part of the package");
  }
}

// A snapshot whose blob was never fetched must not be adapted into a package without it.
TEST(Package, ALinkThatLeadsNowhereStopsAnAdaptation) {
  TemporaryFolder folder;
  WriteFile(folder / "p/model.safetensors", SmallModel());
  fs::create_symlink("../blobs/0123", folder / "p/config.json");
  auto package = Inspect(folder / "p");
  ASSERT_TRUE(package);
  ASSERT_EQ(package->findings.size(), 1u);
  EXPECT_EQ(package->findings[0].severity, Severity::kError);
  auto report = Adapt(folder / "p", folder / "out", *ParseTarget("transformers==4.37.2"), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().Message(),
            "config.json: not found: a link that leads nowhere (--drop leaves it out)");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Package, APlainTarCutAnywhereIsAnError) {
  TemporaryFolder folder;
  WriteFile(folder / "p/config.json", "{}");
  WriteFile(folder / "p/model.safetensors", SmallModel());
  RealTar(folder / "whole.tar", folder / "p", "config.json model.safetensors");
  const std::string whole = ReadFile(folder / "whole.tar");
  for (size_t size = 512; size < 2048; size += 31) {
    WriteFile(folder / "cut.tar", whole.substr(0, size));
    EXPECT_FALSE(Inspect(folder / "cut.tar")) << size;
  }
}

TEST(Package, APackedBombIsRefusedBeforeItIsUnpacked) {
  TemporaryFolder folder;
  WriteFile(folder / "p/zeros.json", std::string(20 << 20, ' '));
  RealTar(folder / "bomb.tar.gz", folder / "p", "zeros.json");
  Limits limits;
  limits.unpacked_bytes = 10 << 20;
  auto package = Inspect(folder / "bomb.tar.gz", limits);
  ASSERT_FALSE(package);
  EXPECT_EQ(package.error().code(), Code::kLimit);
}

// A hundred thousand members of a megabyte would be a hundred gigabytes.
TEST(Package, OfAPackedArchiveOnlyIndexesAreHeld) {
  TemporaryFolder folder;
  WriteFile(folder / "p/config.json", "{\"a\":1}");
  WriteFile(folder / "p/model.safetensors.index.json", R"({"weight_map":{}})");
  WriteFile(folder / "p/pytorch_model.bin.index.json", R"({"weight_map":{}})");
  RealTar(folder / "p.tar.gz", folder / "p",
          "config.json model.safetensors.index.json pytorch_model.bin.index.json");
  auto opened = OpenPackage(folder / "p.tar.gz", Limits());
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->sources[0].Head(1));
  EXPECT_TRUE(opened->sources[1].Head(1));
  Limits limits;
  limits.json_bytes = 20;  // one of them, not both
  auto refused = OpenPackage(folder / "p.tar.gz", limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kLimit);
}

// The length 640 is 80 02 in the file, as a pickle of protocol 2 begins; 768 + 128 is 80 03.
TEST(Package, SafetensorsWhoseLengthLooksLikeAPickleAreSafetensors) {
  TemporaryFolder folder;
  for (const size_t length : {size_t{640}, size_t{896}}) {
    std::string file;
    for (size_t name = 1; LoadLe<uint64_t>(AsBytes(file + "12345678")) != length; ++name) {
      ASSERT_LT(name, 1000u);
      file = SafetensorsFile({{std::string(name, 'n'), "F32", "[4]", Floats(4, 1)}});
    }
    WriteFile(folder / fmt::format("{}/model.safetensors", length), file);
    auto package = Inspect(folder / fmt::format("{}", length));
    ASSERT_TRUE(package);
    EXPECT_EQ(package->artefacts[0].format, Format::kSafetensors);
    auto back = Convert(folder / fmt::format("{}/model.safetensors", length),
                        folder / fmt::format("{}.safetensors", length), {});
    EXPECT_TRUE(back) << back.error().Message();
  }
}

// Weights under a name that says nothing are the same in a folder and in a packed archive.
TEST(Package, TorchFilesOfAnyNameAreReadFromAStream) {
  TemporaryFolder folder;
  WriteFile(folder / "big.safetensors",
            SafetensorsFile({{"w", "U8", "[3000000]", std::string(3'000'000, 'x')}}));
  fs::create_directories(folder / "p");
  ASSERT_TRUE(Convert(folder / "big.safetensors", folder / "p/weights.bin", {}));
  fs::rename(folder / "p/weights.bin", folder / "p/weights.dat");
  RealTar(folder / "p.tar.gz", folder / "p", "weights.dat");
  for (const char* input : {"p", "p.tar.gz"}) {
    auto package = Inspect(folder / input);
    ASSERT_TRUE(package) << package.error().Message();
    EXPECT_TRUE(package->findings.empty()) << package->findings[0].text;
    ASSERT_EQ(package->weights.size(), 1u);
    EXPECT_TRUE(package->weights[0].complete);
  }
}

TEST(Package, BrokenWeightsAreNoOkVerdict) {
  TemporaryFolder folder;
  const std::string model = SmallModel();
  WriteFile(folder / "p/model.safetensors", model.substr(0, model.size() - 1));
  auto plan = PlanAdapt(folder / "p", *ParseTarget("transformers==4.37.2"), {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(VerdictName(plan->diagnosis.verdict), "RISK");
}

}  // namespace
}  // namespace weighlock
