// Codes against those that RFC 1951 prints, and every code read back.
#include "codec/prefix_code.h"

#include <gtest/gtest.h>

#include <vector>

namespace weighlock {
namespace {

TEST(PrefixCode, CodesOfTheRfc) {
  // 3.2.2: the lengths of A to H; 010 011 100 101 110 00 1110 1111, here with the first bit lowest.
  const std::vector<uint8_t> lengths = {3, 3, 3, 3, 3, 2, 4, 4};
  std::vector<uint16_t> codes(lengths.size());
  ASSERT_TRUE(AssignCodes(lengths, codes));
  EXPECT_EQ(codes,
            (std::vector<uint16_t>{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111}));
}

TEST(PrefixCode, LengthsThatMakeNoCode) {
  const struct {
    const char* what;
    std::vector<uint8_t> lengths;
    bool is_right;
  } cases[] = {
      {"complete", {1, 2, 2}, true},
      {"none", {0, 0, 0}, true},
      {"one of one bit", {0, 1, 0}, true},
      {"one of two bits", {0, 2, 0}, false},
      {"two of two bits", {2, 2}, false},
      {"three of one bit", {1, 1, 1}, false},
      {"one too many", {1, 2, 2, 15}, false},
      {"one too few", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, false},
      {"up to 15 bits", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15}, true},
      {"all of one length too many", std::vector<uint8_t>(288, 8), false},
  };
  for (const auto& c : cases) {
    std::vector<uint16_t> codes(c.lengths.size());
    EXPECT_EQ(AssignCodes(c.lengths, codes), c.is_right) << c.what;
  }
}

// Codes of every length, some of symbols without a meaning, with any bits behind them.
TEST(PrefixCode, EveryCodeIsFoundAgain) {
  std::vector<uint8_t> lengths;
  for (uint8_t bits = 2; bits <= 12; ++bits) lengths.push_back(bits);  // leaves 1/2 + 1/4096
  lengths.insert(lengths.begin() + 5, 2);
  lengths.insert(lengths.begin() + 3, 3);
  for (int i = 0; i < 4; ++i) lengths.push_back(5);
  for (int i = 0; i < 8; ++i) lengths.insert(lengths.begin() + 2 * i, 15);
  std::vector<uint16_t> codes(lengths.size());
  ASSERT_TRUE(AssignCodes(lengths, codes));
  std::vector<PrefixCode::Meaning> meanings;
  for (uint16_t i = 0; i + 3u < lengths.size(); ++i) {
    meanings.push_back({static_cast<uint16_t>(1000 + i), static_cast<uint8_t>(i % 14)});
  }
  PrefixCode code;
  code.Build(lengths, codes, meanings);
  for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    for (const uint64_t behind : {uint64_t{0}, ~uint64_t{0}, uint64_t{0x123456789ABCDEF}}) {
      const uint64_t window = codes[symbol] | behind << lengths[symbol];
      const PrefixCode::Found found = code.Decode(window);
      if (symbol >= meanings.size()) {
        EXPECT_EQ(found.bits, 0) << symbol;
        continue;
      }
      const unsigned extra = meanings[symbol].extra_bits;
      EXPECT_EQ(found.bits, lengths[symbol] + extra) << symbol;
      EXPECT_EQ(found.value, 1000 + symbol);
      EXPECT_EQ(found.WithExtra(window), 1000 + symbol + (behind & ((1u << extra) - 1)));
    }
  }
}

TEST(PrefixCode, BitsOfNoCodeFindNothing) {
  PrefixCode code;
  const std::vector<PrefixCode::Meaning> meanings(3);
  const std::vector<uint8_t> single = {0, 1, 0};
  std::vector<uint16_t> codes(3);
  ASSERT_TRUE(AssignCodes(single, codes));
  code.Build(single, codes, meanings);
  EXPECT_EQ(code.Decode(0).bits, 1);
  EXPECT_EQ(code.Decode(1).bits, 0);
  const std::vector<uint8_t> none(3, 0);
  ASSERT_TRUE(AssignCodes(none, codes));
  code.Build(none, codes, meanings);
  EXPECT_EQ(code.Decode(0).bits, 0);
}

}  // namespace
}  // namespace weighlock
