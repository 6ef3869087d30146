// Input that somebody writes while it is read: what it was and what it became must not be mixed
// into a package that nobody ever had.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/adapt.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr size_t kFloats = size_t{12} << 20;

// Enough bytes that a thread can write some of them while others are read.
std::string BigModel() {
  return SafetensorsFile({{"a", "F32", "[12582912]", std::string(4 * kFloats, '\x11')}});
}

// Waits until work on the input is under way, then changes a byte of it: of the same size, and in
// place, so that the open file has it too.
class Writer {
 public:
  Writer(const std::string& path, size_t at, const Progress& progress)
      : thread_([this, path, at, &progress] {
          fs::last_write_time(path, fs::file_time_type::clock::now() - 1h);
          is_ready_ = true;
          while (progress.done() == 0 && !is_over_) std::this_thread::yield();
          std::fstream file(path, std::ios::in | std::ios::out);
          file.seekp(static_cast<std::streamoff>(at));
          file << '\x22';
        }) {
    while (!is_ready_) std::this_thread::yield();
  }
  ~Writer() { is_over_ = true; }

 private:
  std::atomic<bool> is_ready_{false}, is_over_{false};
  std::jthread thread_;
};

TEST(ChangedInput, AFileOfAFolderThatIsWrittenMeanwhileIsRefused) {
  for (const std::string name : {"o", "o.tar"}) {
    TemporaryFolder folder;
    WriteFile(folder / "in/config.json", "{\"model_type\": \"bert\"}");
    WriteFile(folder / "in/model.safetensors", BigModel());
    Progress progress;
    AdaptOptions options;
    options.progress = &progress;
    options.threads = 1;
    const Writer writer(folder / "in/config.json", 0, progress);
    const auto report = Adapt(folder / "in", folder / name,
                              *ParseTarget("transformers==4.11.3,torch==1.9.0"), options);
    ASSERT_FALSE(report) << name;
    EXPECT_EQ(report.error().Message(), "config.json: mismatch: it changed while it was adapted");
    EXPECT_FALSE(fs::exists(folder / name));
  }
}

// What is left out may change: of a run that goes on, logs do.
TEST(ChangedInput, WhatIsLeftOutMayChange) {
  TemporaryFolder folder;
  WriteFile(folder / "in/config.json", "{\"model_type\": \"bert\"}");
  WriteFile(folder / "in/model.safetensors", BigModel());
  WriteFile(folder / "in/trainer_state.json", "{}");
  Progress progress;
  AdaptOptions options;
  options.progress = &progress;
  const Writer writer(folder / "in/trainer_state.json", 0, progress);
  const auto report = Adapt(folder / "in", folder / "o",
                            *ParseTarget("transformers==4.11.3,torch==1.9.0"), options);
  EXPECT_TRUE(report) << report.error().Message();
}

TEST(ChangedInput, AnArchiveThatIsWrittenMeanwhileIsRefused) {
  for (const std::string name : {"in.tar", "in.tar.gz"}) {
    TemporaryFolder folder;
    WriteFile(folder / "in/config.json", "{\"model_type\": \"bert\"}");
    WriteFile(folder / "in/model.safetensors", BigModel());
    const std::string archive = folder / name;
    const std::string pack =
        "tar caf " + archive + " -C " + folder / "in" + " config.json " + "model.safetensors";
    ASSERT_EQ(std::system(pack.c_str()), 0);
    Progress progress;
    AdaptOptions options;
    options.progress = &progress;
    options.threads = 1;
    // The time in the first member's head, which nobody reads: bytes that count would be told by
    // checksums, where there are any.
    const Writer writer(archive, 5, progress);
    const auto report =
        Adapt(archive, folder / "o", *ParseTarget("transformers==4.11.3,torch==1.9.0"), options);
    ASSERT_FALSE(report) << name;
    EXPECT_EQ(report.error().Message(), archive + ": mismatch: it changed while it was adapted");
    EXPECT_FALSE(fs::exists(folder / "o"));
  }
}

TEST(ChangedInput, WeightsThatAreWrittenWhileTheyAreConvertedAreRefused) {
  for (const uint64_t most : {uint64_t{0}, uint64_t{1} << 40}) {
    TemporaryFolder folder;
    WriteFile(folder / "model.safetensors", BigModel());
    Progress progress;
    ConvertOptions options;
    options.progress = &progress;
    options.threads = 1;
    options.max_shard_bytes = most;
    // A space of the header, which was read before.
    const std::string content = ReadFile(folder / "model.safetensors").substr(0, 200);
    const Writer writer(folder / "model.safetensors", content.find("data_offsets") - 1, progress);
    const std::string output = folder / "o/pytorch_model.bin";
    if (most == 0) fs::create_directories(folder / "o");
    const auto report = Convert(folder / "model.safetensors", output, options);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().Message(),
              "model.safetensors: mismatch: it changed while it was "
              "converted");
    EXPECT_FALSE(fs::exists(output));
  }
}

}  // namespace
}  // namespace weighlock
