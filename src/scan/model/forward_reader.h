// Bytes of a source in their order, through a window: for parsers that walk a file once.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/byte_source.h"
#include "base/bytes.h"

namespace weighlock::scan {

class ForwardReader {
 public:
  // The most that one Take may ask for, so that no length field sizes a buffer.
  static constexpr uint64_t kMostTaken = uint64_t{1} << 20;

  explicit ForwardReader(ByteSource source, uint64_t at = 0)
      : source_(std::move(source)), at_(std::min(at, source_.size())) {}

  const ByteSource& source() const { return source_; }
  uint64_t at() const { return at_; }
  uint64_t left() const { return source_.size() - at_; }

  // The next `count` bytes, valid until the next call. kTruncated; kLimit beyond kMostTaken.
  Result<Bytes> Take(uint64_t count) {
    if (count > left()) return Ends(count);
    if (count > kMostTaken) return Error(Code::kLimit, "one value of more than 1 MiB", at_);
    if (at_ < window_at_ || !FitsIn(at_ - window_at_, count)) {
      const bool goes_on = !window_.empty() && at_ >= window_at_ && FitsIn(at_ - window_at_, 0);
      next_window_ = goes_on ? std::min(2 * next_window_, kMostWindow) : kLeastWindow;
      WL_TRY(window_, source_.Read(at_, std::min(left(), std::max(count, next_window_))));
      window_at_ = at_;
    }
    const Bytes taken =
        Bytes(window_).subspan(static_cast<size_t>(at_ - window_at_), static_cast<size_t>(count));
    at_ += count;
    return taken;
  }

  Status Skip(uint64_t count) {
    if (count > left()) return Ends(count);
    at_ += count;
    return {};
  }

  // A little-endian integer.
  template <class T>
  requires std::is_integral_v<T> Result<T> Le() {
    WL_TRY(const Bytes bytes, Take(sizeof(T)));
    return LoadLe<T>(bytes);
  }

 private:
  // Small where the file is only touched here and there, large where all of it is read.
  static constexpr uint64_t kLeastWindow = 512, kMostWindow = uint64_t{64} << 10;

  bool FitsIn(uint64_t offset, uint64_t count) const {
    return offset <= window_.size() && count <= window_.size() - offset;
  }

  Error Ends(uint64_t count) const {
    return Error(
        Code::kTruncated,
        "wanted " + std::to_string(count) + " bytes, " + std::to_string(left()) + " are left", at_);
  }

  ByteSource source_;
  uint64_t at_;
  ByteVector window_;
  uint64_t window_at_ = 0;
  uint64_t next_window_ = kLeastWindow;
};

}  // namespace weighlock::scan
