// The codecs against known answers and against zlib, which shares no code with ISA-L.
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

#include "codec/base64.h"
#include "codec/crc32.h"
#include "codec/deflate.h"
#include "codec/sha256.h"

namespace weighlock {
namespace {

ByteVector Noise(size_t size, uint32_t letters) {
  std::mt19937 random(7);
  ByteVector bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random() % letters);
  return bytes;
}

TEST(Crc32, KnownAnswers) {
  EXPECT_EQ(Crc32(0, AsBytes("")), 0u);
  EXPECT_EQ(Crc32(0, AsBytes("123456789")), 0xCBF43926u);
}

TEST(Crc32, CombineEqualsOneRun) {
  const ByteVector all = Noise(100'000, 256);
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{4096}, all.size()}) {
    const Bytes a = Bytes(all).first(cut), b = Bytes(all).subspan(cut);
    EXPECT_EQ(Crc32Combine(Crc32(0, a), Crc32(0, b), b.size()), Crc32(0, all)) << cut;
  }
}

TEST(Sha256, KnownAnswers) {
  Sha256 sha;
  EXPECT_EQ(Hex(sha.Finish()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  sha.Update(AsBytes("a"));
  sha.Update(AsBytes("bc"));
  EXPECT_EQ(Hex(sha.Finish()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// zlib reads what we pack: several chunks behind one another, closed by DeflateEnd.
TEST(ChunkDeflater, ZlibReadsChunksAsOneStream) {
  for (const uint32_t letters : {1u, 2u, 20u, 256u}) {
    for (const size_t size :
         {size_t{0}, size_t{1}, size_t{65535}, size_t{65536}, size_t{1 << 20}}) {
      const ByteVector chunk = Noise(size, letters);
      ByteVector packed, stream, expected;
      ChunkDeflater deflater;
      for (int i = 0; i < 3; ++i) {
        deflater.Pack(chunk, packed);
        Append(stream, packed);
        Append(expected, chunk);
      }
      Append(stream, DeflateEnd());
      ByteVector out(expected.size() + 1);
      z_stream z = {};
      ASSERT_EQ(inflateInit2(&z, -15), Z_OK);
      z.next_in = reinterpret_cast<Bytef*>(stream.data());
      z.avail_in = static_cast<uInt>(stream.size());
      z.next_out = reinterpret_cast<Bytef*>(out.data());
      z.avail_out = static_cast<uInt>(out.size());
      EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END) << letters << " " << size;
      EXPECT_EQ(z.total_out, expected.size());
      EXPECT_EQ(z.avail_in, 0u);
      inflateEnd(&z);
      out.resize(expected.size());
      EXPECT_EQ(out, expected);
    }
  }
}

// Our inflater reads what zlib packs, whatever the sizes of the pieces it is fed in.
TEST(Inflater, ReadsZlibInPieces) {
  const ByteVector plain = Noise(300'000, 30);
  ByteVector packed(compressBound(plain.size()));
  z_stream z = {};
  ASSERT_EQ(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  Append(packed, "what follows");
  for (const size_t step : {size_t{1}, size_t{7}, size_t{4096}, packed.size()}) {
    Inflater inflater;
    ByteVector out(plain.size() + 100);
    size_t in_at = 0, out_at = 0;
    bool finished = false;
    ByteVector rest;
    while (!finished && in_at < packed.size()) {
      const Bytes piece = Bytes(packed).subspan(in_at, std::min(step, packed.size() - in_at));
      auto progress = inflater.Unpack(piece, MutableBytes(out).subspan(out_at));
      ASSERT_TRUE(progress) << progress.error().Message();
      in_at += progress->consumed;
      out_at += progress->produced;
      finished = progress->finished;
      rest = progress->ahead;
    }
    EXPECT_TRUE(finished);
    Append(rest, Bytes(packed).subspan(in_at));
    EXPECT_EQ(AsText(rest), "what follows") << step;
    out.resize(out_at);
    EXPECT_EQ(out, plain) << step;
  }
}

TEST(Base64, ThereAndBack) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(Base64(AsBytes(plain)), text);
    const auto back = FromBase64(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(AsText(*back), plain);
  }
  for (const size_t size : {size_t{3} << 20, (size_t{3} << 20) + 1, (size_t{6} << 20) + 2}) {
    const ByteVector noise = Noise(size, 256);
    const auto back = FromBase64(Base64(noise));
    EXPECT_TRUE(back && *back == noise) << size;
  }
  for (const char* wrong : {"Z", "Zg", "Zg=", "Zg==Zg==", "Z!==", "====", " Zg==", "Zh=="}) {
    EXPECT_FALSE(FromBase64(wrong)) << wrong;
  }
}

TEST(Inflater, SaysWhatIsWrong) {
  Inflater inflater;
  ByteVector out(100);
  auto progress = inflater.Unpack(AsBytes("\x07garbage that is no deflate"), out);
  ASSERT_FALSE(progress);
  EXPECT_EQ(progress.error().code(), Code::kMalformed);
  EXPECT_EQ(progress.error().what(), "the deflate stream has an invalid block");
}

}  // namespace
}  // namespace weighlock
