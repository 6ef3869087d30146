// The tar reader: what it gives of honest archives, and the exact error of every hostile one.
#include "container/tar/tar_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "container/tar/tar_hazards.h"

namespace weighlock {
namespace {

using tar_test::Directory;
using tar_test::End;
using tar_test::File;
using tar_test::LongName;
using tar_test::Member;
using tar_test::Pax;
using tar_test::PaxRecord;

ByteVector ToBytes(const std::string& text) {
  const Bytes bytes = AsBytes(text);
  return ByteVector(bytes.begin(), bytes.end());
}

// A stream that gives at most `step` bytes at a time.
class SlowStream : public ByteStream {
 public:
  SlowStream(const std::string& text, size_t step) : text_(text), step_(step) {}
  Result<size_t> Read(MutableBytes out) override {
    const size_t count = std::min({out.size(), step_, text_.size() - position_});
    const Bytes from = AsBytes(text_).subspan(position_, count);
    std::copy(from.begin(), from.end(), out.begin());
    position_ += count;
    return count;
  }

 private:
  const std::string& text_;
  size_t step_;
  size_t position_ = 0;
};

// Reads to the end, without asking for content.
Status ReadAll(const std::string& archive, const Limits& limits = {}) {
  const auto stream = StreamOf(ByteSource::FromMemory(ToBytes(archive), "a.tar"));
  TarReader reader(*stream, limits);
  for (;;) {
    WL_TRY(const auto member, reader.Next());
    if (!member) return {};
  }
}

TEST(TarReader, EveryHazardIsRefusedWordForWord) {
  for (const auto& hazard : tar_test::Hazards()) {
    SCOPED_TRACE(hazard.name);
    auto status = ReadAll(hazard.archive);
    ASSERT_FALSE(status);
    EXPECT_EQ(CodeWord(status.error().code()), CodeWord(hazard.code));
    EXPECT_EQ(status.error().offset(), hazard.offset);
    EXPECT_EQ(status.error().what(), hazard.what);
  }
}

TEST(TarReader, AcceptedForms) {
  const std::string gnu("ustar  \0", 8);
  const std::string v7(8, '\0');
  const std::string deep = std::string(90, 'p') + "/" + std::string(90, 'q');
  const auto base256 = [](char low) { return '\x80' + std::string(10, '\0') + low; };
  const struct {
    const char* name;
    std::string members;
    const char* path;
    uint64_t size;
    uint32_t mode;
    uint64_t header_offset;
  } cases[] = {
      {"ustar", File("m/a.bin", "12"), "m/a.bin", 2, 0644, 0},
      {"ustar prefix", Member({.name = "a", .prefix = "dir/sub"}), "dir/sub/a", 0, 0644, 0},
      {"v7", Member({.name = "a", .type = '\0', .content = "1", .magic = v7}), "a", 1, 0644, 0},
      {"gnu", Member({.name = "./a", .content = "1", .magic = gnu}), "a", 1, 0644, 0},
      {"gnu long name", LongName(deep) + Member({.name = deep.substr(0, 100), .magic = gnu}),
       deep.c_str(), 0, 0644, 0x400},
      {"base-256", Member({.content = "123", .size = base256(3)}), "a", 3, 0644, 0},
      {"octal with blanks", Member({.content = "1", .size = "         1 "}), "a", 1, 0644, 0},
      {"octal without end", Member({.content = "1", .size = "000000000001"}), "a", 1, 0644, 0},
      {"set-id mode is told", Member({.mode = "0106755"}), "a", 0, 06755, 0},
      {"negative uid", Member({.uid = std::string(8, '\xff')}), "a", 0, 0644, 0},
      {"blank mode and mtime", Member({.mode = "       ", .mtime = "           "}), "a", 0, 0, 0},
      {"pax path", Pax(PaxRecord("path", "b/c")) + File("a", "1"), "b/c", 1, 0644, 0x400},
      {"pax same size", Pax(PaxRecord("size", "1")) + File("a", "1"), "a", 1, 0644, 0x400},
      {"pax harmless",
       Pax(PaxRecord("mtime", "1.5") + PaxRecord("uid", "9999999") + PaxRecord("uname", "") +
           PaxRecord("LIBARCHIVE.xattr.com.apple.provenance", "AQ==") +
           PaxRecord("SCHILY.xattr.user.x", "a=b\n\n")) +
           File("a", "1"),
       "a", 1, 0644, 0x400},
      {"pax empty", Pax("") + File("a", "1"), "a", 1, 0644, 0x200},
      {"global comment", Pax(PaxRecord("comment", "872c3a3"), 'g') + File("a", "1"), "a", 1, 0644,
       0x400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string archive = c.members + End() + tar_test::Zeros(77);
    SlowStream stream(archive, 100);
    TarReader reader(stream, Limits{});
    auto member = reader.Next();
    ASSERT_TRUE(member) << member.error().Message();
    ASSERT_TRUE(member->has_value());
    EXPECT_EQ((*member)->path, c.path);
    EXPECT_EQ((*member)->type, TarMember::Type::kFile);
    EXPECT_EQ((*member)->size, c.size);
    EXPECT_EQ((*member)->mode, c.mode);
    EXPECT_EQ((*member)->header_offset, c.header_offset);
    EXPECT_EQ((*member)->data_offset, c.header_offset + 512);
    auto end = reader.Next();
    ASSERT_TRUE(end) << end.error().Message();
    EXPECT_FALSE(end->has_value());
    EXPECT_FALSE((*reader.Next()).has_value());  // and again
  }
}

TEST(TarReader, DirectoriesAndTheirSpellings) {
  const std::string archive = Directory("./") + Directory("a/") + Directory("b") +
                              Member({.name = "c/", .type = '\0', .magic = std::string(8, '\0')}) +
                              LongName("d/") + Member({.name = "d/", .type = '\0'}) + End();
  SlowStream stream(archive, 1 << 20);
  TarReader reader(stream, Limits{});
  for (const std::string path : {"", "a", "b", "c", "d"}) {
    auto member = reader.Next();
    ASSERT_TRUE(member) << member.error().Message();
    ASSERT_TRUE(member->has_value());
    EXPECT_EQ((*member)->path, path);
    EXPECT_EQ((*member)->type, TarMember::Type::kDirectory);
  }
  EXPECT_FALSE((*reader.Next()).has_value());
}

TEST(TarReader, ContentIsReadInPartsAndTheRestSkipped) {
  const std::string big(200'000, 'x');
  const std::string archive = File("a", "hello") + File("b", big) + File("c", "end") + End();
  SlowStream stream(archive, 1000);
  TarReader reader(stream, Limits{});
  std::array<std::byte, 8> out;
  EXPECT_EQ(*reader.Read(out), 0u);  // before the first member

  ASSERT_EQ((*reader.Next())->path, "a");
  EXPECT_EQ(*reader.Read(MutableBytes(out).first(2)), 2u);
  EXPECT_EQ(*reader.Read(out), 3u);
  EXPECT_EQ(AsText(Bytes(out).first(3)), "llo");
  EXPECT_EQ(*reader.Read(out), 0u);

  ASSERT_EQ((*reader.Next())->path, "b");
  EXPECT_EQ(*reader.Read(out), 8u);
  const auto last = *reader.Next();
  ASSERT_EQ(last->path, "c");
  EXPECT_EQ(last->data_offset, 512 + 512 + 512 + 200'192 + 512u);
  ASSERT_TRUE(ReadExactly(reader, MutableBytes(out).first(3)));
  EXPECT_EQ(AsText(Bytes(out).first(3)), "end");
  EXPECT_FALSE((*reader.Next()).has_value());
  EXPECT_EQ(*reader.Read(out), 0u);
}

TEST(TarReader, ATruncatedMemberSaysSoAndTheReaderStaysRefused) {
  const std::string archive = File("weights.bin", std::string(1000, 'x')).substr(0, 900);
  SlowStream stream(archive, 300);
  TarReader reader(stream, Limits{});
  ASSERT_TRUE(reader.Next());
  std::array<std::byte, 1000> out;
  auto status = ReadExactly(reader, out);
  ASSERT_FALSE(status);
  EXPECT_EQ(std::move(status).error().In("model.tar").Message(),
            "model.tar+0x384: truncated: member \"weights.bin\" wants 1000 bytes, the archive ends "
            "after 388 of them");
  EXPECT_EQ(reader.Next().error().what(), "the archive was refused before");
  EXPECT_EQ(reader.Read(out).error().what(), "the archive was refused before");
}

TEST(TarReader, Limits) {
  Limits few;
  few.members = 2;
  Limits small;
  small.unpacked_bytes = 4096;
  const std::string comment = Pax(PaxRecord("comment", "c"), 'g');
  const struct {
    const char* name;
    std::string archive;
    Limits budget;
    uint64_t offset;
    const char* what;
  } cases[] = {
      {"members", File("a", "") + File("b", "") + File("c", "") + End(), few, 0x400,
       "more than 2 headers"},
      {"folders on the way", File("a/b/c", "") + End(), few, 0, "more than 2 files and folders"},
      {"global headers", comment + comment + comment + End(), few, 0x800, "more than 2 headers"},
      {"a large member", File("a", std::string(2000, '1')) + File("b", std::string(2000, '2')),
       small, 0xa00, "member \"b\" of 2000 bytes takes the archive over 4096 bytes"},
      {"many small members",
       [] {
         std::string all;
         for (char c = 'a'; c <= 'i'; ++c) all += File(std::string(1, c), "");
         return all + End();
       }(),
       small, 0x1000, "the archive goes on after 4096 bytes"},
      {"endless padding", File("a", "") + tar_test::Zeros(200'000), small, 0x1000,
       "the archive goes on after 4096 bytes"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto status = ReadAll(c.archive, c.budget);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), Code::kLimit);
    EXPECT_EQ(status.error().offset(), c.offset);
    EXPECT_EQ(status.error().what(), c.what);
  }
}

// 0 in the header is what Python and GNU tar write there, base-256 what bsdtar and our writer do.
TEST(TarReader, SizesThatOctalCannotHold) {
  const std::string base256 = '\x80' + std::string(6, '\0') + "\x02" + std::string(4, '\0');
  for (const std::string& field :
       {std::string("00000000000"), std::string("77777777777"), base256}) {
    const std::string archive =
        Pax(PaxRecord("size", "8589934592")) + Member({.name = "big", .size = field});
    SlowStream stream(archive, 512);
    TarReader reader(stream, Limits{});
    auto member = reader.Next();
    ASSERT_TRUE(member) << member.error().Message();
    EXPECT_EQ((*member)->size, 8589934592u);
    EXPECT_EQ(reader.Next().error().what(),
              "member \"big\" wants 8589934592 bytes, the archive ends after 0 of them");
  }
}

}  // namespace
}  // namespace weighlock
