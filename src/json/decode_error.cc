// The first sequence that is none, told as Python tells it.
#include "json/decode_error.h"

#include <fmt/format.h>

#include <utility>

namespace weighlock {
namespace {

struct Sequence {
  size_t size;  // bytes of a sequence that begins so; 0: none does
  // The bounds of the second byte: overlong forms and surrogates are none.
  uint8_t low = 0x80, high = 0xbf;
};

Sequence SequenceOf(uint8_t first) {
  if (first < 0x80) return {1};
  if (first < 0xc2) return {0};
  if (first < 0xe0) return {2};
  if (first < 0xf0) {
    return {3, static_cast<uint8_t>(first == 0xe0 ? 0xa0 : 0x80),
            static_cast<uint8_t>(first == 0xed ? 0x9f : 0xbf)};
  }
  if (first < 0xf5) {
    return {4, static_cast<uint8_t>(first == 0xf0 ? 0x90 : 0x80),
            static_cast<uint8_t>(first == 0xf4 ? 0x8f : 0xbf)};
  }
  return {0};
}

// How many bytes from `at` on are of the sequence that begins there.
size_t GoodBytes(Bytes bytes, size_t at, const Sequence& sequence) {
  size_t good = 1;
  for (; good < sequence.size && good < bytes.size() - at; ++good) {
    const auto byte = static_cast<uint8_t>(bytes[at + good]);
    const uint8_t low = good == 1 ? sequence.low : 0x80, high = good == 1 ? sequence.high : 0xbf;
    if (byte < low || byte > high) break;
  }
  return good;
}

std::string Told(Bytes bytes, size_t at, size_t size, const char* why) {
  if (size == 1) {
    return fmt::format("'utf-8' codec can't decode byte 0x{:02x} in position {}: {}",
                       static_cast<uint8_t>(bytes[at]), at, why);
  }
  return fmt::format("'utf-8' codec can't decode bytes in position {}-{}: {}", at, at + size - 1,
                     why);
}

}  // namespace

std::string PythonDecodeError(Bytes bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const Sequence sequence = SequenceOf(static_cast<uint8_t>(bytes[at]));
    if (sequence.size == 0) return Told(bytes, at, 1, "invalid start byte");
    const size_t good = GoodBytes(bytes, at, sequence);
    if (good < sequence.size) {
      const bool ended = good == bytes.size() - at;
      return Told(bytes, at, good, ended ? "unexpected end of data" : "invalid continuation byte");
    }
    at += sequence.size;
  }
  return {};
}

}  // namespace weighlock
