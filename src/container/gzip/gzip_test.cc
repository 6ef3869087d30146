// gzip read and written: against zlib's own, in pieces, cut off, and altered.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

#include "base/read_ahead.h"
#include "base/staging.h"
#include "codec/crc32.h"
#include "container/gzip/gzip_reader.h"
#include "container/gzip/gzip_writer.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

std::string Noise(size_t size, uint32_t letters) {
  std::mt19937 random(3);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>(random() % letters);
  return text;
}

// A gzip member made by zlib.
std::string ZlibGzip(const std::string& plain) {
  std::string packed(compressBound(plain.size()) + 64, '\0');
  z_stream z = {};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

// A stream that hands out at most `step` bytes a call.
class Trickle : public ByteStream {
 public:
  Trickle(std::string text, size_t step) : text_(std::move(text)), step_(step) {}
  Result<size_t> Read(MutableBytes out) override {
    const size_t count = std::min({out.size(), step_, text_.size() - at_});
    const Bytes bytes = AsBytes(text_).subspan(at_, count);
    std::copy(bytes.begin(), bytes.end(), out.begin());
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  size_t step_, at_ = 0;
};

Result<std::string> ReadAll(ByteStream& stream, size_t step) {
  std::string all;
  ByteVector piece(step);
  while (true) {
    WL_TRY(const size_t count, stream.Read(piece));
    if (count == 0) return all;
    all += AsText(Bytes(piece).first(count));
  }
}

Result<std::string> Gunzip(std::string packed, size_t in_step = 1 << 20,
                           size_t out_step = 1 << 16) {
  auto content = GzipContent(std::make_unique<Trickle>(std::move(packed), in_step));
  return ReadAll(*content, out_step);
}

TEST(GzipReader, ReadsZlibInPiecesOfAnySize) {
  const std::string plain = Noise(100'000, 30);
  const std::string packed = ZlibGzip(plain);
  for (const size_t in_step : {1u, 2u, 9u, 4096u, 1u << 20}) {
    for (const size_t out_step : {7u, 65536u, 1u << 20}) {
      auto content = Gunzip(packed, in_step, out_step);
      ASSERT_TRUE(content) << content.error().Message();
      EXPECT_EQ(*content, plain);
    }
  }
}

TEST(GzipReader, MembersBehindOneAnotherAreOneContent) {
  const std::string packed = ZlibGzip("one, ") + ZlibGzip("") + ZlibGzip("two");
  for (const size_t step : {size_t{1}, size_t{1000}}) {
    auto content = Gunzip(packed, step);
    ASSERT_TRUE(content) << content.error().Message();
    EXPECT_EQ(*content, "one, two");
  }
}

TEST(GzipReader, OptionalHeaderFieldsAreSkipped) {
  std::string packed = ZlibGzip("body");
  packed[3] = 2 + 4 + 8 + 16;
  packed.insert(10, std::string("\3\0xyz", 5) + std::string("name\0note\0", 10));
  const uint32_t crc = Crc32(0, AsBytes(packed.substr(0, 25)));
  packed.insert(25, {static_cast<char>(crc & 0xFF), static_cast<char>(crc >> 8 & 0xFF)});
  auto content = Gunzip(packed, 1);
  ASSERT_TRUE(content) << content.error().Message();
  EXPECT_EQ(*content, "body");
}

struct Bad {
  const char* name;
  std::string bytes;
  const char* message;
};

TEST(GzipReader, BadInputTable) {
  const std::string good = ZlibGzip("some content");
  const auto altered = [&](size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return bytes;
  };
  const Bad table[] = {
      {"empty", "", "+0x0: truncated: gzip: wanted 10 bytes of header, 0 are left"},
      {"no magic", "PK\3\4 and more text",
       "+0x0: malformed: gzip: wanted the magic 1f 8b, found other bytes"},
      {"method", altered(2, 7), "+0x2: unsupported: gzip: wanted method 8 (deflate), found 7"},
      {"flags", altered(3, '\x40'), "+0x3: malformed: gzip: reserved flags are set (0x40)"},
      {"cut header", good.substr(0, 6),
       "+0x0: truncated: gzip: wanted 10 bytes of header, 6 are left"},
      {"cut data", good.substr(0, 14), "+0xe: truncated: gzip: the compressed data is cut off"},
      {"cut trailer", good.substr(0, good.size() - 3),
       "+0x18: truncated: gzip: wanted 8 bytes of trailer, 5 are left"},
      {"crc", altered(good.size() - 8, 0),
       "+0x18: mismatch: gzip: the trailer says CRC-32 431f3100, the content has 431f313f"},
      {"size", altered(good.size() - 4, 0),
       "+0x1c: mismatch: gzip: the trailer says 0 bytes (mod 2^32), the content has 12"},
      {"trailing", good + "junk",
       "+0x20: malformed: gzip: bytes follow the end of the compressed data"},
      {"trailing zeros", good + std::string(512, '\0'),
       "+0x20: malformed: gzip: bytes follow the end of the compressed data"},
  };
  for (const Bad& bad : table) {
    auto content = Gunzip(bad.bytes);
    ASSERT_FALSE(content) << bad.name;
    EXPECT_EQ(content.error().Message(), bad.message) << bad.name;
  }
}

TEST(GzipReader, EveryCutIsAnError) {
  const std::string good = ZlibGzip(Noise(500, 40));
  for (size_t size = 0; size < good.size(); ++size) {
    auto content = Gunzip(good.substr(0, size));
    ASSERT_FALSE(content) << size;
    EXPECT_EQ(content.error().code(), Code::kTruncated) << size;
    EXPECT_LE(content.error().offset(), size);
  }
}

TEST(GzipWriter, SameBytesForAnyNumberOfThreadsAndZlibReadsThem) {
  TemporaryFolder folder;
  for (const size_t size : {size_t{0}, size_t{5}, size_t{1} << 20, (size_t{5} << 20) + 77}) {
    const std::string plain = Noise(size, 200);
    std::string first;
    for (const unsigned threads : {1u, 2u, 5u}) {
      const std::string path =
          folder / ("out" + std::to_string(size) + "-" + std::to_string(threads));
      auto staged = StagedFile::Create(path);
      ASSERT_TRUE(staged);
      {
        GzipWriter writer(staged->file(), threads);
        for (size_t at = 0; at < plain.size(); at += 300'000) {
          ASSERT_TRUE(writer.Write(
              AsBytes(plain).subspan(at, std::min<size_t>(300'000, plain.size() - at))));
        }
        auto total = writer.Finish();
        ASSERT_TRUE(total);
      }
      ASSERT_TRUE(std::move(*staged).Commit(Durability::kProcessCrash));
      const std::string packed = ReadFile(path);
      if (first.empty()) first = packed;
      EXPECT_EQ(packed, first);
      auto back = Gunzip(packed);
      ASSERT_TRUE(back) << back.error().Message();
      EXPECT_EQ(*back, plain);
      const gzFile reader = gzopen(path.c_str(), "rb");
      std::string by_zlib(size + 1, '\0');
      EXPECT_EQ(gzread(reader, by_zlib.data(), static_cast<unsigned>(by_zlib.size())),
                static_cast<int>(size));
      gzclose(reader);
      by_zlib.resize(size);
      EXPECT_EQ(by_zlib, plain);
    }
  }
}

TEST(GzipWriter, AFullDiskIsAnErrorAndNothingHangs) {
  const FileHandle full(::open("/dev/full", O_RDWR));
  GzipWriter writer(full, 2);
  Status status;
  for (int i = 0; i < 20 && status; ++i) status = writer.Write(AsBytes(Noise(1 << 20, 256)));
  if (status) {
    auto total = writer.Finish();
    ASSERT_FALSE(total);
    status = std::move(total).error();
  }
  EXPECT_EQ(status.error().code(), Code::kIo);
  EXPECT_EQ(status.error().what(), "cannot write: No space left on device (ENOSPC)");
}

TEST(GzipWriter, WhatItReadsItselfBecomesTheSameFile) {
  const TemporaryFolder folder;
  const std::string plain = Noise(1'700'001, 7);
  const auto source = [&](size_t from, size_t size) {
    ByteVector bytes;
    Append(bytes, AsBytes(plain).subspan(from, size));
    return ByteSource::FromMemory(std::move(bytes), "part");
  };
  std::vector<std::string> files;
  for (const bool itself : {false, true}) {
    const std::string path = folder / (itself ? "itself" : "given");
    const FileHandle file(::open(path.c_str(), O_CREAT | O_RDWR, 0644));
    Progress progress;
    GzipWriter writer(file, 2);
    ASSERT_TRUE(writer.Write(AsBytes(plain).first(100)));
    for (const auto& [from, size] : {std::pair<size_t, size_t>{100, 1'600'000}, {1'600'100, 0}}) {
      ASSERT_TRUE(itself ? writer.WriteFrom(source(from, size), &progress)
                         : writer.Write(AsBytes(plain).subspan(from, size)));
    }
    ASSERT_TRUE(writer.Write(AsBytes(plain).subspan(1'600'100)));
    ASSERT_TRUE(writer.Finish());
    EXPECT_EQ(progress.done(), itself ? 1'600'000u : 0u);
    files.push_back(ReadFile(path));
  }
  EXPECT_EQ(files[0], files[1]);
}

TEST(GzipWriter, ASourceThatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  const std::string path = folder / "out";
  const FileHandle file(::open(path.c_str(), O_CREAT | O_RDWR, 0644));
  const auto shrunk = ByteSource::FromReader(
      3 << 20,
      [](uint64_t offset, MutableBytes) -> Status {
        if (offset < 1 << 20) return {};
        return Error(Code::kTruncated, "the file shrank while it was read", offset);
      },
      "model.safetensors");
  GzipWriter writer(file, 2);
  Status status = writer.WriteFrom(shrunk, nullptr);
  if (status) {
    auto total = writer.Finish();
    ASSERT_FALSE(total);
    status = std::move(total).error();
  }
  EXPECT_EQ(status.error().code(), Code::kTruncated);
  EXPECT_EQ(status.error().where(), "model.safetensors");
}

// Found by fuzzing: the offset was 2^64 less 2^32.
TEST(GzipReader, ADistanceBehindTheLastBitsLiesInsideTheInput) {
  const std::string packed(
      "\x1f\x8b\x08\x1e\0\0\0\0\0\3\2\0abname\0comment\0\xa0\xf0\x4b\xce\x27\xcf\x2b\x49\xcd"
      "\x2b\x01\0\xa9\x30\xc5\xfe\x07\0\0\0",
      47);
  for (const int flags : {0x1e, 0x1c}) {
    std::string input = packed;
    input[3] = static_cast<char>(flags);
    auto content = Gunzip(input);
    ASSERT_FALSE(content);
    EXPECT_LE(content.error().offset(), input.size());
  }
}

TEST(GzipReader, TheHeadersChecksumIsChecked) {
  std::string packed = ZlibGzip("content");
  packed[3] = 2;  // FHCRC
  const uint32_t crc = Crc32(0, AsBytes(packed.substr(0, 10)));
  const auto with = [&](uint32_t sum) {
    const std::string field = {static_cast<char>(sum & 0xFF), static_cast<char>(sum >> 8 & 0xFF)};
    return Gunzip(packed.substr(0, 10) + field + packed.substr(10));
  };
  auto right = with(crc);
  ASSERT_TRUE(right) << right.error().Message();
  EXPECT_EQ(*right, "content");
  auto wrong = with(crc ^ 1);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().Message(),
            "+0xa: mismatch: gzip: the header's checksum is not that of the header");
}

TEST(ReadAhead, SameBytesAndSameErrors) {
  const std::string plain = Noise(5'000'000, 30);
  const std::string packed = ZlibGzip(plain);
  auto content = ReadAhead(GzipContent(std::make_unique<Trickle>(packed, 100'000)));
  auto all = ReadAll(*content, 12345);
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, plain);
  content = ReadAhead(GzipContent(std::make_unique<Trickle>(packed.substr(0, 1'000'000), 100'000)));
  all = ReadAll(*content, 12345);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().Message(), "+0xf4240: truncated: gzip: the compressed data is cut off");
  // Dropped in the middle: the thread ends.
  content = ReadAhead(GzipContent(std::make_unique<Trickle>(packed, 100'000)));
  ByteVector some(10);
  ASSERT_TRUE(content->Read(some));
}

}  // namespace
}  // namespace weighlock
