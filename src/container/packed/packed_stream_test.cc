// Each packing made by its own library, and every cut and flipped byte of it an error.
#include "container/packed/packed_stream.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

namespace weighlock {
namespace {

std::string Plain() {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "weights " + std::to_string(i * i % 977) + "\n";
  return text;
}

const char* Text(const std::string& s) {
  return s.data();
}

std::string Packed(Packing packing, const std::string& plain) {
  std::string out(plain.size() * 2 + 1000, '\0');
  auto* to = reinterpret_cast<uint8_t*>(out.data());
  const auto* from = reinterpret_cast<const uint8_t*>(Text(plain));
  size_t size = 0;
  if (packing == Packing::kBzip2) {
    auto count = static_cast<unsigned>(out.size());
    BZ2_bzBuffToBuffCompress(out.data(), &count, const_cast<char*>(Text(plain)),
                             static_cast<unsigned>(plain.size()), 9, 0, 0);
    size = count;
  } else if (packing == Packing::kXz) {
    lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, from, plain.size(), to, &size,
                            out.size());
  } else if (packing == Packing::kLzma) {
    lzma_options_lzma options;
    lzma_lzma_preset(&options, 6);
    lzma_stream stream = LZMA_STREAM_INIT;
    EXPECT_EQ(lzma_alone_encoder(&stream, &options), LZMA_OK);
    stream.next_in = from;
    stream.avail_in = plain.size();
    stream.next_out = to;
    stream.avail_out = out.size();
    EXPECT_EQ(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
    size = out.size() - stream.avail_out;
    lzma_end(&stream);
  } else if (packing == Packing::kZstd) {
    size = ZSTD_compress(to, out.size(), from, plain.size(), 3);
  } else if (packing == Packing::kZlib) {
    auto count = static_cast<uLongf>(out.size());
    compress(to, &count, from, static_cast<uLong>(plain.size()));
    size = count;
  } else {
    LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    size = LZ4F_compressFrame(to, out.size(), from, plain.size(), &preferences);
  }
  out.resize(size);
  return out;
}

Result<std::string> Unpack(const std::string& packed, Packing packing) {
  const ByteVector copy(AsBytes(packed).begin(), AsBytes(packed).end());
  const auto stream = PackedContent(StreamOf(ByteSource::FromMemory(copy, "x")), packing);
  std::string out;
  ByteVector block(1000);
  while (true) {
    WL_TRY(const size_t count, stream->Read(block));
    if (count == 0) return out;
    out += AsText(Bytes(block).first(count));
  }
}

constexpr Packing kAll[] = {Packing::kBzip2, Packing::kXz,   Packing::kLzma,
                            Packing::kZstd,  Packing::kZlib, Packing::kLz4};

TEST(PackedStream, UnpacksWhatTheLibraryPacked) {
  for (const Packing packing : kAll) {
    const std::string packed = Packed(packing, Plain());
    EXPECT_EQ(PackingOf(AsBytes(packed)), packing) << PackingName(packing);
    const auto plain = Unpack(packed, packing);
    ASSERT_TRUE(plain) << PackingName(packing) << ": " << plain.error().what();
    EXPECT_EQ(*plain, Plain()) << PackingName(packing);
  }
}

TEST(PackedStream, EveryCutIsAnError) {
  for (const Packing packing : kAll) {
    const std::string packed = Packed(packing, "0123456789 weights");
    for (size_t size = 1; size < packed.size(); ++size) {
      EXPECT_FALSE(Unpack(packed.substr(0, size), packing)) << PackingName(packing) << " " << size;
    }
  }
}

TEST(PackedStream, StreamsBehindOneAnother) {
  for (const Packing packing : {Packing::kBzip2, Packing::kXz, Packing::kZstd, Packing::kLz4}) {
    const auto both = Unpack(Packed(packing, "one ") + Packed(packing, "two"), packing);
    ASSERT_TRUE(both) << PackingName(packing);
    EXPECT_EQ(*both, "one two");
  }
  for (const Packing packing : kAll) {
    const auto more = Unpack(Packed(packing, "one") + "more", packing);
    ASSERT_FALSE(more) << PackingName(packing);
    EXPECT_EQ(more.error().code(), Code::kMalformed) << PackingName(packing);
  }
}

TEST(PackedStream, OtherBytesAreNotPacked) {
  for (const char* text :
       {"", "x", "xyz", "BZ", "BZhello world", "]\n", "plain text", "\x78\x00\x01"}) {
    EXPECT_EQ(PackingOf(AsBytes(text)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace weighlock
