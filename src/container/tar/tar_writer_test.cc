// The tar writer: pinned bytes, planned sizes, and our own reader as first judge. GNU tar and
// Python's tarfile are the others: tests/tar/tar_oracle_test.py.
#include "container/tar/tar_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "container/tar/tar_reader.h"

namespace weighlock {
namespace {

std::string Text(const ByteVector& bytes) {
  return std::string(AsText(bytes));
}

TEST(TarWriter, OneHeaderByteForByte) {
  const std::string block = Text(TarHeader({.path = "config.json", .size = 10, .mtime = 1}));
  ASSERT_EQ(block.size(), 512u);
  std::string want(512, '\0');
  want.replace(0, 11, "config.json");
  want.replace(100, 49,
               std::string("0000644\0"
                           "0000000\0"
                           "0000000\0"
                           "00000000012\0"
                           "00000000001\0"
                           "0",
                           49));
  want.replace(148, 9, std::string("011337\0 0", 9));
  want.replace(257, 8, std::string("ustar\00000", 8));
  want.replace(329, 16,
               std::string("0000000\0"
                           "0000000\0",
                           16));
  EXPECT_EQ(block, want);
}

TEST(TarWriter, EndIsPaddedToTwentyBlocks) {
  for (const uint64_t total : {0u, 512u, 9216u, 9728u, 10240u, 19456u}) {
    EXPECT_EQ(TarEnd(total).size(), TarEndSize(total));
    EXPECT_GE(TarEndSize(total), 1024u);
    EXPECT_LT(TarEndSize(total), 1024u + 10240);
    EXPECT_EQ((total + TarEndSize(total)) % 10240, 0u);
  }
  for (const uint64_t size : {0u, 1u, 511u, 512u, 513u}) {
    EXPECT_EQ((size + TarPadding(size).size()) % 512, 0u);
    EXPECT_LT(TarPadding(size).size(), 512u);
  }
}

std::string Letters(size_t count) {
  return std::string(count, 'n');
}

TEST(TarWriter, OurReaderReadsWhatItWrites) {
  using Type = TarEntry::Type;
  const struct {
    TarEntry entry;
    uint64_t header_bytes;
  } cases[] = {
      {{.path = "a"}, 512},
      {{.path = "a", .executable = true}, 512},
      {{.path = "a/b", .type = Type::kDirectory}, 512},
      {{.path = "caf\xc3\xa9/\xe6\xa8\xa1"}, 512},
      {{.path = Letters(100)}, 512},
      {{.path = Letters(101)}, 1536},
      {{.path = Letters(99), .type = Type::kDirectory}, 512},
      {{.path = Letters(100), .type = Type::kDirectory}, 1536},
      {{.path = Letters(155) + "/" + Letters(100)}, 512},
      {{.path = Letters(156) + "/" + Letters(100)}, 1536},
      {{.path = Letters(155) + "/" + Letters(101)}, 1536},
      {{.path = "a/" + Letters(155) + "/" + Letters(100)}, 1536},
      {{.path = Letters(50) + "/" + Letters(99), .type = Type::kDirectory}, 512},
      {{.path = Letters(50) + "/" + Letters(100), .type = Type::kDirectory}, 1536},
      {{.path = Letters(99) + "/b/" + Letters(200)}, 1536},
      {{.path = Letters(86) + "\xc3\xa9" + Letters(160)}, 1536},
      {{.path = "exactly/octal", .size = 8589934591}, 512},
      {{.path = "over/octal", .size = 8589934592}, 1536},
      {{.path = "largest", .size = uint64_t{4398046500000}}, 1536},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.entry.path);
    const ByteVector header = TarHeader(c.entry);
    EXPECT_EQ(header.size(), c.header_bytes);
    EXPECT_EQ(header.size(), TarHeaderSize(c.entry));
    EXPECT_EQ(TarEntrySize(c.entry),
              header.size() + c.entry.size + TarPadding(c.entry.size).size());
    const auto stream = StreamOf(ByteSource::FromMemory(header, ""));
    TarReader reader(*stream, Limits{});
    auto member = reader.Next();
    ASSERT_TRUE(member) << member.error().Message();
    EXPECT_EQ((*member)->path, c.entry.path);
    EXPECT_EQ((*member)->size, c.entry.size);
    const bool directory = c.entry.type == Type::kDirectory;
    EXPECT_EQ((*member)->type, directory ? TarMember::Type::kDirectory : TarMember::Type::kFile);
    EXPECT_EQ((*member)->mode, directory || c.entry.executable ? 0755u : 0644u);
    EXPECT_EQ((*member)->data_offset, header.size());
  }
}

TEST(TarWriter, AnArchiveOfItsPartsIsWhole) {
  ByteVector archive;
  for (const char* path : {"a", "b/c"}) {
    Append(archive, Bytes(TarHeader({.path = path, .size = 3})));
    Append(archive, "123");
    Append(archive, Bytes(TarPadding(3)));
  }
  Append(archive, Bytes(TarEnd(archive.size())));
  EXPECT_EQ(archive.size(), 10240u);
  const auto stream = StreamOf(ByteSource::FromMemory(archive, ""));
  TarReader reader(*stream, Limits{});
  EXPECT_EQ((*reader.Next())->path, "a");
  EXPECT_EQ((*reader.Next())->path, "b/c");
  auto end = reader.Next();
  ASSERT_TRUE(end) << end.error().Message();
  EXPECT_FALSE(end->has_value());
}

}  // namespace
}  // namespace weighlock
