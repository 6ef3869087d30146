// The prefix codes of deflate (RFC 1951, 3.2.2): codes from their lengths, and what bits decode to.
//
// Codes are kept as they stand in a stream, the first bit lowest. A window is what comes next in
// the stream, the first bit lowest too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weighlock {

constexpr unsigned kMostCodeBits = 15;
constexpr size_t kMostSymbols = 288;

// Gives each symbol that has a length its code. False: the lengths are over-subscribed or
// incomplete; but no code at all, and one single code of one bit, are taken, as zlib takes them.
// At most kMostSymbols lengths of at most kMostCodeBits; as many codes.
bool AssignCodes(std::span<const uint8_t> lengths, std::span<uint16_t> codes);

class PrefixCode {
 public:
  struct Meaning {
    uint16_t value;
    uint8_t extra_bits;  // how many follow the code, a number to be added to the value
  };
  struct Found {
    uint8_t bits;  // of the code and behind it; 0: no code begins so, or that of no meaning
    uint8_t extra_bits;
    uint16_t value;

    // `window` as it was when this was found.
    size_t WithExtra(uint64_t window) const {
      return value + ((window & ((uint64_t{1} << bits) - 1)) >> (bits - extra_bits));
    }
  };

  // `codes` as AssignCodes made them of `lengths`. Symbols beyond `meanings` mean nothing.
  void Build(std::span<const uint8_t> lengths, std::span<const uint16_t> codes,
             std::span<const Meaning> meanings);

  // What the low kMostCodeBits bits of `window` begin with.
  Found Decode(uint64_t window) const {
    const Found found = DecodeShort(window);
    return found.bits != 0 ? found : DecodeLonger(window);
  }

  // The same for short codes; nothing is found where the code is longer.
  Found DecodeShort(uint64_t window) const { return index_[window & (index_.size() - 1)]; }

  Found DecodeLonger(uint64_t window) const;

 private:
  static constexpr unsigned kIndexBits = 10;  // more miss the first cache, fewer miss codes

  std::array<Found, size_t{1} << kIndexBits>
      index_;  // by the next bits, where the code is no longer
  // Longer codes, as numbers of kMostCodeBits bits with the first bit highest: those of a length
  // are below its limit, and not below the limit of the length before.
  std::array<uint32_t, kMostCodeBits + 1> limit_;
  std::array<uint32_t, kMostCodeBits + 1> place_;  // in sorted_, of a length's first code
  std::array<Found, kMostSymbols> sorted_;         // by length, then by symbol
};

}  // namespace weighlock
