// Every good sample cut at every length and with every bit turned: a result or an error, never a
// crash, and never an offset outside the archive. A cut is noticed unless only padding is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "container/tar/tar_reader.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  bool whole = false;
  std::string listing;  // one line for each member, with its content
  uint64_t offset = 0;  // of the error
};

Outcome ReadWhole(Bytes archive) {
  const auto stream = StreamOf(ByteSource::FromMemory({archive.begin(), archive.end()}, ""));
  TarReader reader(*stream, Limits{});
  Outcome outcome;
  ByteVector buffer(1000);
  const auto failed = [&](const Error& error) {
    outcome.offset = error.offset() == kNoOffset ? 0 : error.offset();
    EXPECT_FALSE(error.what().empty());
    return outcome;
  };
  for (;;) {
    auto member = reader.Next();
    if (!member) return failed(member.error());
    if (!member->has_value()) break;
    outcome.listing += (*member)->path + "\n";
    for (;;) {
      auto count = reader.Read(buffer);
      if (!count) return failed(count.error());
      if (*count == 0) break;
      outcome.listing += AsText(Bytes(buffer).first(*count));
    }
  }
  outcome.whole = true;
  return outcome;
}

std::vector<fs::path> Samples() {
  std::vector<fs::path> samples;
  for (const auto& entry : fs::directory_iterator(WL_TEST_DATA "/tar/good")) {
    samples.push_back(entry.path());
  }
  std::sort(samples.begin(), samples.end());
  return samples;
}

ByteVector Load(const fs::path& path) {
  auto source = ByteSource::OpenFile(path.string(), path.string());
  EXPECT_TRUE(source);
  return *source->Read(0, source->size());
}

TEST(TarMutation, EveryLength) {
  ASSERT_GE(Samples().size(), 8u);
  for (const auto& path : Samples()) {
    const ByteVector archive = Load(path);
    const Outcome whole = ReadWhole(archive);
    ASSERT_TRUE(whole.whole) << path;
    ASSERT_FALSE(whole.listing.empty());
    for (size_t length = 0; length < archive.size(); ++length) {
      const Outcome cut = ReadWhole(Bytes(archive).first(length));
      ASSERT_LE(cut.offset, length) << path;
      if (!cut.whole) continue;
      ASSERT_EQ(cut.listing, whole.listing) << path << " cut at " << length;
    }
  }
}

TEST(TarMutation, EveryBit) {
  for (const auto& path : Samples()) {
    ByteVector archive = Load(path);
    for (size_t i = 0; i < archive.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        const auto mask = static_cast<std::byte>(1 << bit);
        archive[i] ^= mask;
        ASSERT_LE(ReadWhole(archive).offset, archive.size()) << path << " byte " << i;
        archive[i] ^= mask;
      }
    }
  }
}

}  // namespace
}  // namespace weighlock
