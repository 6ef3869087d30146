// The bytes of a pickle whose end is not known before it is run.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_source.h"
#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock::pickle {

// Reads a source from `start` in windows that double, into one buffer: what follows the pickle in
// a large file is hardly touched, and growing stays linear. Room for a whole pickle of common size
// is reserved at once: nobody pays for it before it is touched, and nothing moves as it grows.
// Positions count from `start`.
class Window {
 public:
  Window(const ByteSource& source, uint64_t start, uint64_t limit)
      : source_(source), start_(start), left_(source.size() - start), limit_(limit) {}

  uint64_t size_of_rest() const { return left_; }

  // Makes `bytes` hold at least `wanted` bytes, or all that the source and the limit give.
  Status Fill(ByteVector& bytes, uint64_t wanted) const {
    const uint64_t most = std::min(left_, limit_);
    if (wanted <= bytes.size() || bytes.size() == most) return {};
    const uint64_t grown = std::max<uint64_t>(bytes.size() * 2, kFirst);
    const uint64_t size = std::min(most, std::max(wanted, grown));
    const size_t held = bytes.size();
    bytes.reserve(std::max(size, std::min(most, kReserved)));
    bytes.resize(size);
    return source_.ReadAt(start_ + held, MutableBytes(bytes).subspan(held));
  }

  // Leaves out `count` bytes of the source from position `at` on: what was read ahead is dropped,
  // and position `at` is the byte behind them. Requires them to be there.
  void Skip(ByteVector& bytes, uint64_t at, uint64_t count) {
    bytes.resize(std::min<uint64_t>(bytes.size(), at));
    start_ += count;
    left_ -= count;
  }

  // Whether Fill() stops at the limit and not at the end of the source.
  bool is_cut(const ByteVector& bytes) const { return bytes.size() == limit_ && left_ > limit_; }
  uint64_t limit() const { return limit_; }

 private:
  static constexpr uint64_t kFirst = 64u << 10;
  static constexpr uint64_t kReserved = 32u << 20;

  ByteSource source_;
  uint64_t start_;
  uint64_t left_;
  uint64_t limit_;
};

}  // namespace weighlock::pickle
