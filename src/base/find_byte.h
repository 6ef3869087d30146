// A byte in a text, where it is expected to come soon: memchr is made for long ways, and to call it
// costs more than the few bytes of a word in JSON.
#pragma once

#include <bit>
#include <string_view>

#include "base/bytes.h"

namespace weighlock {

// Where `wanted` stands first from `at` on, or text.size(). Eight bytes at a time.
inline size_t FindByte(std::string_view text, size_t at, char wanted) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const uint64_t all = kOnes * static_cast<unsigned char>(wanted);
  while (at < text.size() && text.size() - at >= sizeof(uint64_t)) {
    const uint64_t word = LoadLe<uint64_t>(AsBytes(text.substr(at, sizeof(uint64_t)))) ^ all;
    // The high bit of each byte that is zero now; above the first one of others perhaps too.
    const uint64_t zeros = (word - kOnes) & ~word & kHighs;
    if (zeros != 0) return at + static_cast<size_t>(std::countr_zero(zeros)) / 8;
    at += sizeof word;
  }
  while (at < text.size() && text[at] != wanted) ++at;
  return at < text.size() ? at : text.size();
}

}  // namespace weighlock
