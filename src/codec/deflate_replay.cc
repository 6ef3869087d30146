// Names are those of RFC 1951.
#include "codec/deflate_replay.h"

#include <algorithm>
#include <span>

namespace weighlock {
namespace {

constexpr unsigned kMostBits = 15;
constexpr unsigned kLiterals = 256, kEndOfBlock = 256;
constexpr unsigned kLengthSymbols = 286, kDistanceSymbols = 30;  // those that mean something
constexpr unsigned kIndexBits = 10;                              // of a code's table

// Bits that a 64-bit load always has behind the odd bits of its first byte.
constexpr unsigned kWindowBits = 57;

// Length symbols 257 to 285, distance symbols 0 to 29 (RFC 1951, 3.2.5).
struct Extra {
  uint16_t base;
  uint8_t bits;
};
constexpr std::array<Extra, 29> kLengths = {
    {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
     {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
     {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};
constexpr std::array<Extra, 30> kDistances = {
    {{1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},
     {9, 2},     {13, 2},    {17, 3},    {25, 3},     {33, 4},     {49, 4},
     {65, 5},    {97, 5},    {129, 6},   {193, 6},    {257, 7},    {385, 7},
     {513, 8},   {769, 8},   {1025, 9},  {1537, 9},   {2049, 10},  {3073, 10},
     {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};

constexpr std::array<uint8_t, 19> kCodeLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                      11, 4,  12, 3, 13, 2, 14, 1, 15};

unsigned Reversed(unsigned code, unsigned bits) {
  unsigned out = 0;
  for (; bits > 0; --bits, code >>= 1) out = out << 1 | (code & 1);
  return out;
}

// A prefix code: from bits to symbols.
struct PrefixCode {
  // By the next kIndexBits bits: symbol << 4 | length, or 0 for a longer code or none.
  std::array<uint16_t, 1u << kIndexBits> index;
  std::array<uint16_t, kMostBits + 1> count;  // codes of each length
  std::array<uint16_t, 288> sorted;           // symbols by length, then by value

  // False: over-subscribed, or incomplete.
  bool Build(std::span<const uint8_t> lengths);
  // Symbol << 4 | length of what the low bits of `window` begin with, or 0.
  unsigned Decode(uint64_t window) const;
};

// Calls take(symbol, code reversed, length) for each symbol that has a code.
template <class Take>
bool ForEachCode(std::span<const uint8_t> lengths, std::array<uint16_t, kMostBits + 1>& count,
                 const Take& take) {
  count.fill(0);
  for (const uint8_t length : lengths) ++count[length];
  const unsigned used = static_cast<unsigned>(lengths.size()) - count[0];
  count[0] = 0;
  std::array<unsigned, kMostBits + 2> next{};
  int left = 1;
  for (unsigned bits = 1; bits <= kMostBits; ++bits) {
    left = left * 2 - count[bits];
    if (left < 0) return false;
    next[bits + 1] = (next[bits] + count[bits]) << 1;
  }
  if (left > 0 && !(used == 0 || (used == 1 && count[1] == 1))) return false;
  for (unsigned symbol = 0; symbol < lengths.size(); ++symbol) {
    const unsigned bits = lengths[symbol];
    if (bits > 0) take(symbol, Reversed(next[bits]++, bits), bits);
  }
  return true;
}

bool PrefixCode::Build(std::span<const uint8_t> lengths) {
  index.fill(0);
  const bool fits = ForEachCode(lengths, count, [&](unsigned symbol, unsigned code, unsigned bits) {
    if (bits > kIndexBits) return;
    for (unsigned i = code; i < index.size(); i += 1u << bits) {
      index[i] = static_cast<uint16_t>(symbol << 4 | bits);
    }
  });
  if (!fits) return false;
  std::array<unsigned, kMostBits + 2> place{};
  for (unsigned bits = 1; bits <= kMostBits; ++bits) place[bits + 1] = place[bits] + count[bits];
  for (unsigned symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] > 0) sorted[place[lengths[symbol]]++] = static_cast<uint16_t>(symbol);
  }
  return true;
}

unsigned PrefixCode::Decode(uint64_t window) const {
  if (const unsigned found = index[window & (index.size() - 1)]; found != 0) return found;
  unsigned code = 0, first = 0, at = 0;
  for (unsigned bits = 1; bits <= kMostBits; ++bits, window >>= 1) {
    code |= static_cast<unsigned>(window & 1);
    if (code - first < count[bits]) return unsigned{sorted[at + code - first]} << 4 | bits;
    at += count[bits];
    first = (first + count[bits]) << 1;
    code <<= 1;
  }
  return 0;
}

}  // namespace

struct DeflateReplay::Tables {
  PrefixCode code_lengths, literals, distances;
  // By byte: its code, reversed, and the code's length, which is kNoCode where it has none.
  std::array<uint16_t, kLiterals> code_of;
  std::array<uint8_t, kLiterals> bits_of;
  std::array<uint8_t, 320> lengths;
};

class DeflateReplay::Run {
 public:
  Run(Bytes packed, Bytes plain, Tables& tables)
      : packed_(packed), plain_(plain), tables_(tables) {}

  bool Whole() {
    for (bool final = false; !final;) {
      if (!Has(3)) return false;
      const uint64_t header = Window();
      final = (header & 1) != 0;
      bit_ += 3;
      if (!Block(header >> 1 & 3)) return false;
    }
    return done_ == plain_.size() && (bit_ + 7) / 8 == packed_.size();
  }

 private:
  static constexpr uint8_t kNoCode = kWindowBits + 1;  // more than any window holds
  enum class Next : uint8_t { kGoOn, kEnd, kWrong };

  bool Has(uint64_t bits) const { return bits <= uint64_t{packed_.size()} * 8 - bit_; }

  // The next kWindowBits bits or more; zeros behind the end.
  uint64_t Window() const {
    const size_t at = bit_ / 8;
    uint64_t word = 0;
    if (packed_.size() - at >= 8) {
      word = LoadLe<uint64_t>(packed_.subspan(at));
    } else {
      for (size_t i = at; i < packed_.size(); ++i) {
        word |= std::to_integer<uint64_t>(packed_[i]) << 8 * (i - at);
      }
    }
    return word >> bit_ % 8;
  }

  bool Block(uint64_t type) {
    switch (type) {
      case 0:
        return Stored();
      case 1:
        return FixedCodes() && Symbols();
      case 2:
        return DynamicCodes() && Symbols();
      default:
        return false;
    }
  }

  bool Stored() {
    bit_ = (bit_ + 7) / 8 * 8;
    if (!Has(32)) return false;
    const uint64_t sizes = Window();
    const size_t size = sizes & 0xFFFF;
    if ((sizes >> 16 & 0xFFFF) != (size ^ 0xFFFF)) return false;
    bit_ += 32;
    if (!Has(8 * size) || size > plain_.size() - done_) return false;
    if (!SameBytes(packed_.subspan(bit_ / 8, size), plain_.subspan(done_, size))) return false;
    bit_ += 8 * size;
    done_ += size;
    return true;
  }

  bool FixedCodes() {
    auto& lengths = tables_.lengths;
    std::fill_n(lengths.begin(), 144, uint8_t{8});
    std::fill_n(lengths.begin() + 144, 112, uint8_t{9});
    std::fill_n(lengths.begin() + 256, 24, uint8_t{7});
    std::fill_n(lengths.begin() + 280, 8, uint8_t{8});
    std::fill_n(lengths.begin() + 288, 32, uint8_t{5});
    return UseCodes(288, 32);
  }

  bool DynamicCodes() {
    if (!Has(14)) return false;
    const uint64_t counts = Window();
    bit_ += 14;
    const auto literals = static_cast<unsigned>(counts & 31) + 257;
    const auto distances = static_cast<unsigned>(counts >> 5 & 31) + 1;
    const auto code_lengths = static_cast<unsigned>(counts >> 10 & 15) + 4;
    if (literals > kLengthSymbols || distances > kDistanceSymbols) return false;
    if (!Has(3 * code_lengths)) return false;
    std::array<uint8_t, 19> lengths{};
    for (unsigned i = 0; i < code_lengths; ++i, bit_ += 3) {
      lengths[kCodeLengthOrder[i]] = Window() & 7;
    }
    if (!tables_.code_lengths.Build(lengths)) return false;
    return CodeLengths(literals + distances) && UseCodes(literals, distances);
  }

  // Reads `total` code lengths, packed as 3.2.7 has it.
  bool CodeLengths(unsigned total) {
    auto& lengths = tables_.lengths;
    for (unsigned i = 0; i < total;) {
      const uint64_t window = Window();
      const unsigned found = tables_.code_lengths.Decode(window);
      const unsigned symbol = found >> 4, bits = found & 15;
      if (bits == 0) return false;
      if (symbol < 16) {
        if (!Has(bits)) return false;
        bit_ += bits;
        lengths[i++] = static_cast<uint8_t>(symbol);
        continue;
      }
      const unsigned extra = symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
      const unsigned least = symbol == 18 ? 11 : 3;
      if (!Has(bits + extra) || (symbol == 16 && i == 0)) return false;
      const unsigned repeat = least + static_cast<unsigned>(window >> bits & ((1u << extra) - 1));
      bit_ += bits + extra;
      if (repeat > total - i) return false;
      const uint8_t length = symbol == 16 ? lengths[i - 1] : 0;
      std::fill_n(lengths.begin() + i, repeat, length);
      i += repeat;
    }
    return lengths[kEndOfBlock] != 0;
  }

  bool UseCodes(unsigned literals, unsigned distances) {
    const std::span<const uint8_t> lengths(tables_.lengths);
    tables_.code_of.fill(0);
    tables_.bits_of.fill(kNoCode);
    std::array<uint16_t, kMostBits + 1> ignored;
    const bool fits = ForEachCode(lengths.first(literals), ignored,
                                  [&](unsigned symbol, unsigned code, unsigned bits) {
                                    if (symbol >= kLiterals) return;
                                    tables_.code_of[symbol] = static_cast<uint16_t>(code);
                                    tables_.bits_of[symbol] = static_cast<uint8_t>(bits);
                                  });
    return fits && tables_.literals.Build(lengths.first(literals)) &&
           tables_.distances.Build(lengths.subspan(literals, distances));
  }

  bool Symbols() {
    while (true) {
      Literals();
      const Next next = Symbol();
      if (next != Next::kGoOn) return next == Next::kEnd;
    }
  }

  // Goes on while the stream has the literals of the bytes that should come.
  void Literals() {
    constexpr size_t kBatch = 6;
    const auto& code_of = tables_.code_of;
    const auto& bits_of = tables_.bits_of;
    size_t done = done_;
    uint64_t bit = bit_;
    while (plain_.size() - done >= 8 && packed_.size() - bit / 8 >= 8) {
      const uint64_t window = LoadLe<uint64_t>(packed_.subspan(bit / 8)) >> bit % 8;
      uint64_t bytes = LoadLe<uint64_t>(plain_.subspan(done));
      uint64_t codes = 0;
      unsigned bits = 0;
      for (size_t i = 0; i < kBatch; ++i, bytes >>= 8) {
        codes |= uint64_t{code_of[bytes & 0xFF]} << (bits & 63);
        bits += bits_of[bytes & 0xFF];
      }
      const uint64_t mask = (uint64_t{1} << (bits & 63)) - 1;
      if (bits > kWindowBits || ((codes ^ window) & mask) != 0) break;
      done += kBatch;
      bit += bits;
    }
    done_ = done;
    bit_ = bit;
  }

  // One symbol, decoded.
  Next Symbol() {
    const uint64_t window = Window();
    const unsigned found = tables_.literals.Decode(window);
    const unsigned symbol = found >> 4, bits = found & 15;
    if (bits == 0 || !Has(bits)) return Next::kWrong;
    if (symbol == kEndOfBlock) {
      bit_ += bits;
      return Next::kEnd;
    }
    if (symbol > kEndOfBlock) return Match(window, symbol, bits);
    const bool right = done_ < plain_.size() && std::to_integer<unsigned>(plain_[done_]) == symbol;
    bit_ += bits;
    ++done_;
    return right ? Next::kGoOn : Next::kWrong;
  }

  // At most 15 + 5 + 15 + 13 bits, which the window has.
  Next Match(uint64_t window, unsigned symbol, unsigned bits) {
    const auto take = [&](Extra extra) {
      const uint64_t value = extra.base + (window >> bits & ((1u << extra.bits) - 1));
      bits += extra.bits;
      return value;
    };
    if (symbol >= kLengthSymbols) return Next::kWrong;
    const uint64_t length = take(kLengths[symbol - kEndOfBlock - 1]);
    const unsigned found = tables_.distances.Decode(window >> bits);
    if ((found & 15) == 0 || found >> 4 >= kDistanceSymbols) return Next::kWrong;
    bits += found & 15;
    const uint64_t distance = take(kDistances[found >> 4]);
    if (!Has(bits) || distance > done_ || length > plain_.size() - done_) return Next::kWrong;
    // What the match repeats may be what it makes: that is plain_ too, byte by byte.
    if (!SameBytes(plain_.subspan(done_ - distance, length), plain_.subspan(done_, length))) {
      return Next::kWrong;
    }
    bit_ += bits;
    done_ += length;
    return Next::kGoOn;
  }

  const Bytes packed_, plain_;
  Tables& tables_;
  uint64_t bit_ = 0;  // in packed_
  size_t done_ = 0;   // bytes of plain_
};

DeflateReplay::DeflateReplay() : tables_(std::make_unique<Tables>()) {}
DeflateReplay::~DeflateReplay() = default;

bool DeflateReplay::UnpacksTo(Bytes packed, Bytes plain) {
  return Run(packed, plain, *tables_).Whole();
}

}  // namespace weighlock
