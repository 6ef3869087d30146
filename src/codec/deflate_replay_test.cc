// The replay says yes exactly where decoders unpack to the plain bytes: libdeflate and zlib are the
// judges, over what four encoders make, every bit of it flipped, and streams made by hand.
#include "codec/deflate_replay.h"

#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "codec/deflate.h"

namespace weighlock {
namespace {

// Both decoders take all of it and give exactly `plain`.
bool DecodersAgree(const std::string& packed, const std::string& plain) {
  static libdeflate_decompressor* const decoder = libdeflate_alloc_decompressor();
  std::string out(plain.size() + 1, '\0');
  size_t in_size = 0, out_size = 0;
  const auto result = libdeflate_deflate_decompress_ex(
      decoder, packed.data(), packed.size(), out.data(), plain.size(), &in_size, &out_size);
  const bool first = result == LIBDEFLATE_SUCCESS && in_size == packed.size() &&
                     out_size == plain.size() && out.compare(0, out_size, plain) == 0;
  z_stream stream{};
  inflateInit2(&stream, -15);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_FINISH);
  const bool second = code == Z_STREAM_END && stream.avail_in == 0 &&
                      stream.total_out == plain.size() && out.compare(0, plain.size(), plain) == 0;
  inflateEnd(&stream);
  return first && second;
}

bool Replays(const std::string& packed, const std::string& plain) {
  static DeflateReplay used;  // what an earlier stream left in its tables must not matter
  DeflateReplay fresh;
  const bool is_right = fresh.UnpacksTo(AsBytes(packed), AsBytes(plain));
  EXPECT_EQ(used.UnpacksTo(AsBytes(packed), AsBytes(plain)), is_right);
  return is_right;
}

std::string Zlib(const std::string& plain, int level, int strategy) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, -15, 9, strategy);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// `flushed`: as chunks are packed, with a full flush and the end behind it.
std::string Isal(const std::string& plain, uint32_t level, bool flushed) {
  std::vector<uint8_t> buffer(ISAL_DEF_LVL3_EXTRA_LARGE);
  std::string out(plain.size() * 2 + 4096, '\0');
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.level = level;
  stream.level_buf = buffer.data();
  stream.level_buf_size = static_cast<uint32_t>(buffer.size());
  stream.end_of_stream = flushed ? 0 : 1;
  stream.flush = flushed ? FULL_FLUSH : NO_FLUSH;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uint32_t>(plain.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  isal_deflate_stateless(&stream);
  out.resize(stream.total_out);
  if (flushed) out += AsText(DeflateEnd());
  return out;
}

std::string Ours(const std::string& plain) {
  ChunkDeflater deflater;
  ByteVector out;
  deflater.Pack(AsBytes(plain), out);
  Append(out, DeflateEnd());
  return std::string(AsText(out));
}

std::vector<std::function<std::string(const std::string&)>> Encoders() {
  std::vector<std::function<std::string(const std::string&)>> encoders = {Ours};
  for (const uint32_t level : {0u, 1u, 2u, 3u}) {
    for (const bool flushed : {false, true}) {
      encoders.push_back([=](const std::string& plain) { return Isal(plain, level, flushed); });
    }
  }
  for (const int level : {0, 1, 6, 9}) {
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      encoders.push_back([=](const std::string& plain) { return Zlib(plain, level, strategy); });
    }
  }
  return encoders;
}

std::string Noise(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

std::string Weights(size_t count, bool half) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 0.02f);
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    const float value = normal(random);
    char bytes[4];
    std::memcpy(bytes, &value, 4);
    out.append(half ? bytes + 2 : bytes, half ? 2 : 4);
  }
  return out;
}

std::string Json(size_t size) {
  std::string out;
  for (size_t i = 0; out.size() < size; ++i) {
    out += "  \"bert.encoder.layer." + std::to_string(i % 12) + ".weight\": [" +
           std::to_string(i * 7919 % 1000) + ", 768],\n";
  }
  return out;
}

// Literals and short matches in turn.
std::string Sparse(size_t count) {
  std::mt19937 random(9);
  std::string out = Weights(count, true);
  for (size_t i = 0; i < out.size(); i += 2) {
    if (random() % 2 == 0) out[i] = out[i + 1] = 0;
  }
  return out;
}

// Letters so uneven that their codes have up to 13 bits.
std::string Skewed() {
  std::string out;
  size_t count = 1, last = 1;
  for (char letter = 'a'; letter < 'o'; ++letter) {
    out.append(count, letter);
    const size_t next = count + last;
    last = count;
    count = next;
  }
  std::shuffle(out.begin(), out.end(), std::mt19937(5));
  return out;
}

std::vector<std::string> Plains() {
  return {"",
          "x",
          "hello",
          std::string(100'000, '\0'),
          Noise(70'000, 1),
          Weights(20'000, false),
          Weights(40'000, true),
          Json(200'000),
          Noise(65'535, 2),
          Noise(65'536, 3) + std::string(70'000, 'y') + Json(1000),
          std::string(524'288, 'z'),
          Weights(131'072, false),
          Weights(262'144, true) + 'x',
          Weights(131'072, false).substr(1),
          Sparse(100'000),
          Skewed(),
          "abc" + std::string(300, 'a') + "bcabcabc"};
}

TEST(DeflateReplay, WhatEncodersMakeIsProven) {
  for (const std::string& plain : Plains()) {
    for (const auto& encode : Encoders()) {
      const std::string packed = encode(plain);
      ASSERT_TRUE(DecodersAgree(packed, plain));
      EXPECT_TRUE(Replays(packed, plain)) << plain.size();
    }
  }
}

TEST(DeflateReplay, EveryFlippedBitAndEveryCutIsJudgedAsDecodersDo) {
  for (const std::string& plain : {std::string("hello, hello, hello"), Json(500),
                                   Weights(100, false), Noise(60, 4), std::string(400, 'q')}) {
    for (const auto& encode : Encoders()) {
      const std::string packed = encode(plain);
      for (size_t bit = 0; bit < 8 * packed.size(); ++bit) {
        std::string changed = packed;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        EXPECT_EQ(Replays(changed, plain), DecodersAgree(changed, plain)) << "bit " << bit;
      }
      for (size_t size = 0; size < packed.size(); ++size) {
        EXPECT_FALSE(Replays(packed.substr(0, size), plain)) << size;
      }
      EXPECT_FALSE(Replays(packed + '\0', plain));
    }
  }
}

TEST(DeflateReplay, EveryFlippedBitOfLongCodesIsJudgedAsDecodersDo) {
  const std::string plain = Skewed();
  for (const std::string& packed :
       {Ours(plain), Zlib(plain, 9, Z_DEFAULT_STRATEGY), Zlib(plain, 9, Z_HUFFMAN_ONLY)}) {
    for (size_t bit = 0; bit < 8 * packed.size(); ++bit) {
      std::string changed = packed;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      ASSERT_EQ(Replays(changed, plain), DecodersAgree(changed, plain)) << "bit " << bit;
    }
  }
}

TEST(DeflateReplay, AnotherPlainByteIsAnotherFile) {
  for (const std::string& plain : {Json(600), Weights(150, true), Sparse(400)}) {
    for (const auto& encode : Encoders()) {
      const std::string packed = encode(plain);
      for (size_t i = 0; i < plain.size(); ++i) {
        std::string changed = plain;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(Replays(packed, changed)) << i;
      }
      EXPECT_FALSE(Replays(packed, plain.substr(1)));
      EXPECT_FALSE(Replays(packed, plain.substr(0, plain.size() - 1)));
      EXPECT_FALSE(Replays(packed, plain + plain.back()));
    }
  }
}

// Bits in the order of RFC 1951: values from their low bit, codes from their high bit.
class BitWriter {
 public:
  BitWriter& Value(unsigned value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i) Bit(value >> i & 1);
    return *this;
  }
  BitWriter& Code(unsigned code, unsigned bits) {
    for (unsigned i = bits; i > 0; --i) Bit(code >> (i - 1) & 1);
    return *this;
  }
  std::string Finish() const { return out_; }

 private:
  void Bit(unsigned bit) {
    if (used_ % 8 == 0) out_ += '\0';
    out_.back() = static_cast<char>(out_.back() | static_cast<int>(bit << used_ % 8));
    ++used_;
  }
  std::string out_;
  size_t used_ = 0;
};

BitWriter Fixed() {
  BitWriter bits;
  return bits.Value(1, 1).Value(1, 2);
}

// A dynamic block's head: 257 literals, `distances`, all 19 lengths of code lengths.
BitWriter Dynamic(const std::vector<unsigned>& code_lengths, unsigned literals = 257,
                  unsigned distances = 1) {
  BitWriter bits;
  bits.Value(1, 1).Value(2, 2).Value(literals - 257, 5).Value(distances - 1, 5).Value(15, 4);
  constexpr unsigned kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  for (const unsigned symbol : kOrder) {
    bits.Value(symbol < code_lengths.size() ? code_lengths[symbol] : 0, 3);
  }
  return bits;
}

TEST(DeflateReplay, StreamsMadeByHand) {
  const unsigned a = 0x30 + 'a';  // the fixed code of a literal below 144, 8 bits
  const struct {
    const char* what;
    std::string packed, plain;
    bool is_right;
  } cases[] = {
      {"a literal", Fixed().Code(a, 8).Code(0, 7).Finish(), "a", true},
      {"a match", Fixed().Code(a, 8).Code(1, 7).Code(0, 5).Code(0, 7).Finish(), "aaaa", true},
      {"a match that repeats itself and something else",
       Fixed().Code(a, 8).Code(1, 7).Code(0, 5).Code(0, 7).Finish(), "aaab", false},
      {"a distance before the start", Fixed().Code(a, 8).Code(1, 7).Code(1, 5).Code(0, 7).Finish(),
       "aaaa", false},
      {"length symbol 286", Fixed().Code(a, 8).Code(0xC6, 8).Code(0, 5).Code(0, 7).Finish(), "aaaa",
       false},
      {"distance symbol 30", Fixed().Code(a, 8).Code(1, 7).Code(30, 5).Code(0, 7).Finish(), "aaaa",
       false},
      {"block type 3", BitWriter().Value(1, 1).Value(3, 2).Value(0, 13).Finish(), "", false},
      {"no final block", BitWriter().Value(0, 1).Value(1, 2).Code(0, 7).Finish(), "", false},
      {"stored, and the sizes disagree",
       BitWriter().Value(1, 1).Value(0, 7).Value(1, 16).Value(0xFFFF, 16).Value('a', 8).Finish(),
       "a", false},
      {"stored",
       BitWriter().Value(1, 1).Value(0, 7).Value(1, 16).Value(0xFFFE, 16).Value('a', 8).Finish(),
       "a", true},
      {"code lengths over-subscribed", Dynamic({1, 1, 1}).Finish(), "", false},
      {"code lengths incomplete", Dynamic({0, 2, 2}).Finish(), "", false},
      {"no code lengths", Dynamic({}).Finish(), "", false},
      // Symbols 1 and 18 of one bit each: 1 is length one, 18 a run of 11 to 138 zeros.
      {"an end and nothing else",
       [] {
         std::vector<unsigned> lengths(19, 0);
         lengths[1] = lengths[18] = 1;
         // 256 zeros, the end of one bit, no distance: 138 + 118 zeros.
         return Dynamic(lengths)
             .Code(1, 1)
             .Value(127, 7)
             .Code(1, 1)
             .Value(107, 7)
             .Code(0, 1)
             .Code(0, 1)
             .Code(0, 1)
             .Finish();
       }(),
       "", true},
      {"no end of block",
       [] {
         std::vector<unsigned> lengths(19, 0);
         lengths[1] = lengths[18] = 1;
         return Dynamic(lengths)
             .Code(0, 1)
             .Code(0, 1)
             .Code(1, 1)
             .Value(127, 7)
             .Code(1, 1)
             .Value(107, 7)
             .Code(0, 1)
             .Finish();
       }(),
       "", false},
      {"a repeat over the end",
       [] {
         std::vector<unsigned> lengths(19, 0);
         lengths[1] = lengths[18] = 1;
         return Dynamic(lengths).Code(1, 1).Value(127, 7).Code(1, 1).Value(127, 7).Finish();
       }(),
       "", false},
      {"a repeat of nothing",
       [] {
         std::vector<unsigned> lengths(19, 0);
         lengths[1] = lengths[16] = 1;
         return Dynamic(lengths).Code(1, 1).Value(0, 2).Value(0, 16).Finish();
       }(),
       "", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Replays(c.packed, c.plain), c.is_right) << c.what;
    EXPECT_EQ(DecodersAgree(c.packed, c.plain), c.is_right) << c.what;
  }
}

// A dynamic block's head with these lengths of codes, each spelled in four bits.
BitWriter Codes(std::vector<unsigned> literals, const std::vector<unsigned>& distances,
                unsigned end = 1) {
  if (literals.size() < 257) literals.resize(257);
  if (end != 0) literals[256] = end;
  std::vector<unsigned> code_lengths(16, 4);
  BitWriter bits = Dynamic(code_lengths, static_cast<unsigned>(literals.size()),
                           static_cast<unsigned>(distances.size()));
  for (const unsigned length : literals) bits.Code(length, 4);
  for (const unsigned length : distances) bits.Code(length, 4);
  return bits;
}

std::vector<unsigned> Lengths(size_t size, std::initializer_list<std::pair<int, unsigned>> set) {
  std::vector<unsigned> lengths(size);
  for (const auto& [symbol, bits] : set) lengths[static_cast<size_t>(symbol)] = bits;
  return lengths;
}

struct Case {
  const char* what;
  std::string packed, plain;
  bool is_right;
};

void Judge(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Replays(c.packed, c.plain), c.is_right) << c.what;
    EXPECT_EQ(DecodersAgree(c.packed, c.plain), c.is_right) << c.what;
  }
}

TEST(DeflateReplay, CodesMadeByHand) {
  const auto a1 = Lengths(257, {{'a', 1}}), a2 = Lengths(257, {{'a', 2}});
  const auto ab = Lengths(257, {{'a', 1}, {'b', 1}}), many = Lengths(287, {{'a', 1}});
  // 'a' is 0, the end 10, length 3 is 11.
  const auto match = Lengths(258, {{'a', 1}, {257, 2}});
  const auto copies = [&](const std::vector<unsigned>& distances, unsigned code, unsigned bits) {
    return Codes(match, distances, 2).Code(0, 1).Code(3, 2).Code(code, bits).Code(2, 2).Finish();
  };
  Judge({
      {"a literal", Codes(a1, {0}).Code(0, 1).Code(1, 1).Finish(), "a", true},
      {"over-subscribed", Codes(ab, {0}).Code(0, 1).Code(1, 1).Finish(), "a", false},
      {"incomplete", Codes(a2, {0}, 2).Code(0, 2).Code(1, 2).Finish(), "a", false},
      {"no end of block", Codes(ab, {0}, 0).Code(0, 1).Value(0, 16).Finish(), "a", false},
      {"287 literals", Codes(many, {0}).Code(0, 1).Code(1, 1).Finish(), "a", false},
      {"31 distances", Codes(a1, Lengths(31, {{0, 1}, {1, 1}})).Code(0, 1).Code(1, 1).Finish(), "a",
       false},
      {"a letter without a code",
       Codes(a1, {0})
           .Value(0, 30)
           .Value(0, 30)
           .Value(0, 30)
           .Value(0, 30)
           .Value(0, 6)
           .Code(1, 1)
           .Finish(),
       std::string(5, 'a') + "z" + std::string(120, 'a'), false},
      {"thirty letters", Codes(a1, {0}).Value(0, 30).Code(1, 1).Finish(), std::string(30, 'a'),
       true},
      {"an end alone", Codes({}, {0}).Code(0, 1).Finish(), "", true},
      {"not that of an end alone", Codes({}, {0}).Code(1, 1).Finish(), "", false},
      {"one distance", copies({1}, 0, 1), "aaaa", true},
      {"one distance, the other bit", copies({1}, 1, 1), "aaaa", false},
      {"two distances", copies({1, 1}, 0, 1), "aaaa", true},
      {"two distances, before the start", copies({1, 1}, 1, 1), "aaaa", false},
      {"no distance", copies({0}, 0, 1), "aaaa", false},
      {"one distance of two bits", copies({2}, 0, 2), "aaaa", false},
      {"three distances of one bit", copies({1, 1, 1}, 0, 1), "aaaa", false},
      {"a repeat first",
       Dynamic(Lengths(17, {{1, 1}, {16, 1}})).Code(1, 1).Value(0, 2).Value(0, 30).Finish(), "",
       false},
  });
}

TEST(DeflateReplay, EndsMadeByHand) {
  const unsigned a = 0x30 + 'a';
  const auto stored = [](unsigned size, const std::string& bytes) {
    return BitWriter().Value(1, 1).Value(0, 7).Value(size, 16).Value(~size, 16).Finish() + bytes;
  };
  Judge({
      {"any padding", Fixed().Code(a, 8).Code(0, 7).Value(63, 6).Finish(), "a", true},
      {"a byte behind", Fixed().Code(a, 8).Code(0, 7).Value(0, 14).Finish(), "a", false},
      {"nothing", "", "", false},
      {"less plain than packed", Fixed().Code(a, 8).Code(0, 7).Finish(), "", false},
      {"more plain than packed", Fixed().Code(a, 8).Code(0, 7).Finish(), "aa", false},
      {"a match that goes on", Fixed().Code(a, 8).Code(1, 7).Code(0, 5).Code(0, 7).Finish(), "aaa",
       false},
      {"length 287", Fixed().Code(a, 8).Code(0xC7, 8).Code(0, 5).Code(0, 7).Finish(), "aaaa",
       false},
      {"distance 31", Fixed().Code(a, 8).Code(1, 7).Code(31, 5).Code(0, 7).Finish(), "aaaa", false},
      {"stored, nothing", stored(0, ""), "", true},
      {"stored, cut", stored(2, "a"), "aa", false},
      {"stored, more than is plain", stored(2, "aa"), "a", false},
      {"stored, other bytes", stored(1, "b"), "a", false},
      {"stored, no sizes", std::string("\x01\x00\x00", 3), "", false},
  });
}

// Far from both ends symbols are taken by another way than near them.
TEST(DeflateReplay, MadeByHandInTheMiddle) {
  const unsigned a = 0x30 + 'a';
  const auto around = [&](const std::function<void(BitWriter&)>& middle) {
    BitWriter bits = Fixed();
    for (int i = 0; i < 400; ++i) bits.Code(i % 2 == 0 ? a : a + 1, 8);
    middle(bits);
    for (int i = 0; i < 400; ++i) bits.Code(i % 2 == 0 ? a : a + 1, 8);
    return bits.Code(0, 7).Finish();
  };
  std::string half;
  for (int i = 0; i < 200; ++i) half += "ab";
  const auto copy = [](unsigned distance, unsigned extra_bits, unsigned extra) {
    return [=](BitWriter& bits) { bits.Code(1, 7).Code(distance, 5).Value(extra, extra_bits); };
  };
  Judge({
      {"nothing", around([](BitWriter&) {}), half + half, true},
      {"a copy", around(copy(1, 0, 0)), half + "aba" + half, true},
      {"a copy from an odd distance", around(copy(16, 7, 0)), half + "aba" + half, false},
      {"of the very first", around(copy(17, 7, 400 - 385)), half + "aba" + half, true},
      {"of what is before them", around(copy(17, 7, 401 - 385)), half + "bab" + half, false},
      {"a copy of something else", around(copy(0, 0, 0)), half + "aba" + half, false},
      {"distance 30", around(copy(30, 0, 0)), half + "aba" + half, false},
      {"distance 31", around(copy(31, 0, 0)), half + "aba" + half, false},
      {"length 286", around([](BitWriter& bits) { bits.Code(0xC6, 8).Code(1, 5); }),
       half + "aba" + half, false},
      {"length 287", around([](BitWriter& bits) { bits.Code(0xC7, 8).Code(1, 5); }),
       half + "aba" + half, false},
      {"the longest copy", around([](BitWriter& bits) { bits.Code(0xC5, 8).Code(1, 5); }),
       half + half.substr(0, 258) + half, true},
      {"another letter", around([&](BitWriter& bits) { bits.Code(a + 1, 8); }), half + "a" + half,
       false},
      {"an end too early", around([](BitWriter& bits) { bits.Code(0, 7); }), half + half, false},
  });
}

}  // namespace
}  // namespace weighlock
