// The strict directory reader: what it reads, and each ambiguity it refuses.
#include "container/zip/zip_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "container/zip/zip_test_render.h"

namespace weighlock {
namespace {

ByteVector ToBytes(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

Result<ZipDirectory> ReadText(std::string_view zip, const Limits& limits = {}) {
  return ReadZipDirectory(ByteSource::FromMemory(ToBytes(zip), "zip"), limits);
}

std::string Sample() {
  return RenderZip({{"r/data.pkl", "0123456789"}, {"r/empty", ""}, {"r/data/0", "payload"}});
}

// Replaces the occurrence number `which` (from 0) of `from`.
void Patch(std::string& zip, const std::string& from, const std::string& to, int which = 0) {
  size_t at = zip.find(from);
  while (which-- > 0) at = zip.find(from, at + 1);
  ASSERT_NE(at, zip.npos);
  zip.replace(at, from.size(), to);
}

TEST(ZipReader, ReadsWhatTheLayoutWrites) {
  const std::string zip = Sample();
  auto directory = ReadText(zip);
  ASSERT_TRUE(directory) << directory.error().Message();
  EXPECT_EQ(directory->notes, std::vector<std::string>());
  ASSERT_EQ(directory->members.size(), 3u);
  const ZipMember* member = directory->Find("r/data/0");
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(member->size, 7u);
  EXPECT_EQ(zip.substr(*member->payload_offset, 7), "payload");
  EXPECT_EQ(directory->Find("r/DATA/0"), nullptr);
}

TEST(ZipReader, OfAnEmptyZip) {
  auto directory = ReadText(RenderZip({}));
  ASSERT_TRUE(directory) << directory.error().Message();
  EXPECT_TRUE(directory->members.empty());
}

struct Bad {
  std::function<void(std::string&)> damage;
  Code code;
  const char* what;
};

const std::string kCentral = "PK\x01\x02";

const Bad kBad[] = {
    {[](std::string& z) { z.clear(); }, Code::kMalformed,
     "no end record of a zip in the last 64 KiB"},
    {[](std::string& z) { z.insert(0, "prefix"); }, Code::kMalformed,
     "the zip64 end record does not end at its locator"},
    {[](std::string& z) { Patch(z, "r/data.pkl", "r/DATA.pkl"); }, Code::kMismatch,
     "the directory calls a member \"r/data.pkl\", its local header \"r/DATA.pkl\""},
    {[](std::string& z) { Patch(z, "r/data/0", std::string("r/data/\0", 8)); }, Code::kMismatch,
     "the directory calls a member \"r/data/0\", its local header \"r/data/\\x00\""},
    {[](std::string& z) { Patch(z, "r/empty", "r/emp\ny", 1); }, Code::kMalformed,
     "control bytes in the name \"r/emp\\x0ay\""},
    {[](std::string& z) { Patch(z, "r/empty", "r/emp\xffy", 1); }, Code::kMalformed,
     "the name \"r/emp\\xffy\" is said to be UTF-8, and is not"},
    {[](std::string& z) { z[z.find(kCentral) + 8] |= 1; }, Code::kUnsupported,
     "\"r/data.pkl\" is encrypted"},
    {[](std::string& z) { z[6] |= 2; }, Code::kMismatch,
     "\"r/data.pkl\": the local header has flags 2058, the directory 2056"},
    {[](std::string& z) { z[8] = 8; }, Code::kMismatch,
     "\"r/data.pkl\": the local header has method 8, the directory 0"},
    {[](std::string& z) { z[22] = 9; }, Code::kMismatch,
     "\"r/data.pkl\": the local header has size 9, the directory 10"},
    {[](std::string& z) { z[z.find(kCentral) + 24] = 11; }, Code::kMismatch,
     "\"r/data.pkl\" is stored, its size is 11 and 10"},
    {[](std::string& z) { z[z.find("PK\x07\x08") + 4] ^= 1; }, Code::kMismatch,
     "\"r/data.pkl\": the data descriptor disagrees with the directory"},
    {[](std::string& z) {
       const size_t central = z.find(kCentral);
       z[z.find(kCentral, central + 1) + 42] = 2;
     },
     Code::kMalformed, "\"r/empty\" starts inside of another member, which ends at 90"},
    {[](std::string& z) { z[z.find(kCentral) + 42] = 1; }, Code::kMalformed,
     "1 bytes stand before the first member: readers disagree about such files"},
    {[](std::string& z) { z[z.find(kCentral)] = 'Q'; }, Code::kMalformed,
     "no directory entry stands there"},
    {[](std::string& z) { z[z.find("PK\x05\x06") + 10] = 2; }, Code::kUnsupported,
     "the zip says that it spans several disks"},
    {[](std::string& z) { z[z.find("PK\x05\x06") + 4] = 1; }, Code::kUnsupported,
     "the zip says that it spans several disks"},
    {[](std::string& z) { z[z.find("PK\x05\x06") + 12] ^= 1; }, Code::kMismatch,
     "the zip64 end record and the classic one disagree"},
    {[](std::string& z) { z[z.find("PK\x05\x06") + 20] = 1; }, Code::kTruncated,
     "the comment wants 1 bytes, 0 are left"},
};

TEST(ZipReader, Refuses) {
  for (const Bad& c : kBad) {
    std::string zip = Sample();
    c.damage(zip);
    auto directory = ReadText(zip);
    ASSERT_FALSE(directory) << c.what;
    EXPECT_EQ(directory.error().what(), c.what);
    EXPECT_EQ(directory.error().code(), c.code) << c.what;
  }
}

// Where a descriptor follows, each field of the local header is zero or what the directory says:
// torch leaves all of them zero, libarchive and Info-ZIP on a pipe the checksum and the packed
// size.
TEST(ZipReader, WhatTheDescriptorSaysMayBeZeroBefore) {
  const std::string zip = Sample();
  const struct {
    const char* name;
    size_t local, central;  // offsets of the field
  } fields[] = {{"CRC", 14, 16}, {"packed size", 18, 20}, {"size", 22, 24}};
  for (unsigned known = 0; known < 8; ++known) {
    std::string changed = zip;
    for (unsigned i = 0; i < 3; ++i) {
      if ((known >> i & 1) == 0) continue;
      changed.replace(fields[i].local, 4, zip.substr(zip.find(kCentral) + fields[i].central, 4));
    }
    auto directory = ReadText(changed);
    ASSERT_TRUE(directory) << known << ": " << directory.error().Message();
    EXPECT_EQ(directory->members[0].size, 10u);
    for (const auto& field : fields) {
      std::string wrong = changed;
      wrong.replace(field.local, 4, std::string("\x07\0\0\0", 4));
      auto refused = ReadText(wrong);
      ASSERT_FALSE(refused) << known << " " << field.name;
      EXPECT_TRUE(std::string(refused.error().what())
                      .starts_with(fmt::format("\"r/data.pkl\": the local header has {} 7, the "
                                               "directory ",
                                               field.name)))
          << refused.error().what();
    }
    changed[changed.find("PK\x07\x08") + 8] ^= 1;
    EXPECT_FALSE(ReadText(changed)) << known;
  }
  // Without a descriptor nothing is left for later.
  std::string plain = zip;
  const size_t empty = plain.find("PK\x03\x04", 4);
  plain[empty + 22] = 1;
  EXPECT_FALSE(ReadText(plain));
}

TEST(ZipReader, RefusesNamesThatOnlyCaseTellsApart) {
  auto directory = ReadText(RenderZip({{"r/data.pkl", "a"}, {"R\\DATA.pkl", "b"}}));
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().what(),
            "members \"r/data.pkl\" and \"R\\\\DATA.pkl\" have one name for readers that ignore "
            "case");
}

TEST(ZipReader, TwoZipsBehindEachOther) {
  auto directory = ReadText(Sample() + Sample());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code(), Code::kMalformed);
}

TEST(ZipReader, TrailingBytesAreNoted) {
  auto directory = ReadText(Sample() + "0123456789");
  ASSERT_TRUE(directory) << directory.error().Message();
  EXPECT_EQ(directory->notes, std::vector<std::string>{"10 bytes stand behind the zip's end"});
  EXPECT_FALSE(ReadText(Sample() + std::string(70'000, '.')));
}

TEST(ZipReader, SparseSourceGivesTheDirectory) {
  std::vector<TestFile> files;
  for (int i = 0; i < 8; ++i) files.push_back({fmt::format("r/{}", i), std::string(1000, 'x')});
  const std::string zip = RenderZip(files);
  const std::string_view view = zip;
  auto directory =
      ReadZipDirectory(ByteSource::Sparse(zip.size(), ToBytes(view.substr(0, 2100)),
                                          ToBytes(view.substr(zip.size() - 1000)), "zip"),
                       Limits());
  ASSERT_TRUE(directory) << directory.error().Message();
  ASSERT_EQ(directory->members.size(), 8u);
  EXPECT_EQ(directory->members[0].payload_offset, 64u);
  EXPECT_EQ(directory->members[5].payload_offset, std::nullopt);
  ASSERT_EQ(directory->notes.size(), 1u);
  EXPECT_EQ(directory->notes[0],
            "6 of 8 local headers were not at hand, and were not compared with the directory");
}

TEST(ZipReader, Limits) {
  weighlock::Limits limits;
  limits.members = 2;
  EXPECT_EQ(ReadText(Sample(), limits).error().what(), "the zip has 3 members, 2 are allowed");
  limits = {};
  limits.path_bytes = 9;
  EXPECT_EQ(ReadText(Sample(), limits).error().what(), "a name of 10 bytes, 9 are allowed");
}

TEST(ZipReader, TruncatedAtEveryLength) {
  const std::string zip = Sample();
  for (size_t length = 0; length < zip.size(); ++length) {
    EXPECT_FALSE(ReadText(std::string_view(zip).substr(0, length))) << length;
  }
}

TEST(ZipReader, EveryBitFlipped) {
  const std::string zip = Sample();
  for (size_t bit = 0; bit < zip.size() * 8; ++bit) {
    std::string flipped = zip;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    auto directory = ReadText(flipped);
    if (!directory) {
      const uint64_t offset = directory.error().offset();
      EXPECT_TRUE(offset == kNoOffset || offset <= zip.size()) << bit;
    }
  }
}

}  // namespace
}  // namespace weighlock
