// Short codes are found in a table, longer ones by comparing with the limits of each length.
#include "codec/prefix_code.h"

#include <cassert>

namespace weighlock {
namespace {

using Counts = std::array<uint32_t, kMostCodeBits + 1>;

// How many codes there are of each length; [0] stays 0.
Counts CountLengths(std::span<const uint8_t> lengths) {
  Counts counts{};
  for (const uint8_t length : lengths) ++counts[length];
  counts[0] = 0;
  return counts;
}

// The other end first. `code` has at most `bits` bits, at most 16.
uint32_t Reversed(uint32_t code, unsigned bits) {
  code = (code & 0x5555) << 1 | (code >> 1 & 0x5555);
  code = (code & 0x3333) << 2 | (code >> 2 & 0x3333);
  code = (code & 0x0F0F) << 4 | (code >> 4 & 0x0F0F);
  code = (code & 0x00FF) << 8 | (code >> 8 & 0x00FF);
  return code >> (16 - bits);
}

}  // namespace

bool AssignCodes(std::span<const uint8_t> lengths, std::span<uint16_t> codes) {
  assert(lengths.size() <= kMostSymbols && codes.size() == lengths.size());
  const Counts counts = CountLengths(lengths);
  Counts next{};
  uint32_t used = 0, free = 0;  // codes of any length; the first free code of the length at hand
  for (unsigned bits = 1; bits <= kMostCodeBits; ++bits) {
    next[bits] = free <<= 1;
    free += counts[bits];
    used += counts[bits];
  }
  // Too many codes of one length are too many of every longer one.
  const bool complete = free == 1u << kMostCodeBits;
  if (!complete && used != 0 && !(used == 1 && counts[1] == 1)) return false;
  for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const unsigned bits = lengths[symbol];
    if (bits > 0) codes[symbol] = static_cast<uint16_t>(Reversed(next[bits]++, bits));
  }
  return true;
}

void PrefixCode::Build(std::span<const uint8_t> lengths, std::span<const uint16_t> codes,
                       std::span<const Meaning> meanings) {
  index_.fill({});
  const Counts counts = CountLengths(lengths);
  Counts next{};
  uint32_t place = 0, limit = 0;
  for (unsigned bits = 1; bits <= kMostCodeBits; ++bits) {
    next[bits] = place_[bits] = place;
    place += counts[bits];
    limit += counts[bits] << (kMostCodeBits - bits);
    limit_[bits] = limit;
  }
  for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const uint8_t bits = lengths[symbol];
    if (bits == 0) continue;
    Found& found = sorted_[next[bits]++];
    found = {};
    if (symbol >= meanings.size()) continue;
    const Meaning& meaning = meanings[symbol];
    found = {static_cast<uint8_t>(bits + meaning.extra_bits), meaning.extra_bits, meaning.value};
    if (bits > kIndexBits) continue;
    for (size_t i = codes[symbol]; i < index_.size(); i += size_t{1} << bits) index_[i] = found;
  }
}

PrefixCode::Found PrefixCode::DecodeLonger(uint64_t window) const {
  const auto first_bits = static_cast<uint32_t>(window) & ((1u << kMostCodeBits) - 1);
  const uint32_t code = Reversed(first_bits, kMostCodeBits);
  if (code < limit_[kIndexBits]) return {};  // a short code, of a symbol without a meaning
  for (unsigned bits = kIndexBits + 1; bits <= kMostCodeBits; ++bits) {
    if (code >= limit_[bits]) continue;
    return sorted_[place_[bits] + ((code - limit_[bits - 1]) >> (kMostCodeBits - bits))];
  }
  return {};
}

}  // namespace weighlock
