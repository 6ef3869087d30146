// A head, a tail that moves along, the windows of the format, and what was read: each byte that a
// judge asks for is in one of them, or still to come, or gone.
#include "scan/archive/passing_stream.h"

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/read_ahead.h"
#include "scan/archive/stream_windows.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kHead = uint64_t{16} << 20;
constexpr uint64_t kTail = uint64_t{4} << 20;
constexpr uint64_t kMostRead = uint64_t{32} << 20;
constexpr size_t kLargeRead = size_t{1} << 20;
constexpr size_t kSignature = 8;
static_assert(std::has_single_bit(kReadAheadBlockSize) && kHead % kReadAheadBlockSize == 0);

// Fills `out` unless the stream ends: where blocks end does not depend on who reads ahead.
Result<size_t> ReadBlock(ByteStream& stream, MutableBytes out) {
  size_t done = 0;
  while (done < out.size()) {
    WL_TRY(const size_t count, stream.Read(out.subspan(done)));
    if (count == 0) break;
    done += count;
  }
  return done;
}

}  // namespace

class Passing {
 public:
  explicit Passing(ByteStream& stream) : stream_(&stream) {}
  explicit Passing(std::unique_ptr<ByteStream> stream)
      : owned_(std::move(stream)), stream_(owned_.get()) {}

  Status ReadAt(uint64_t at, MutableBytes out) {
    const std::lock_guard lock(mutex_);
    uint64_t from = at;
    for (MutableBytes left = out; !left.empty();) {
      const Bytes held = From(from);
      if (held.empty()) {
        if (from < seen_) {
          return Error(Code::kUnsupported,
                       "these bytes passed by in a compressed stream and were not kept", from);
        }
        WL_TRY(const bool more, Pull());
        if (!more) return Error(Code::kTruncated, "the stream ends before these bytes", from);
        continue;
      }
      const size_t count = std::min(held.size(), left.size());
      std::copy_n(held.begin(), count, left.begin());
      left = left.subspan(count);
      from += count;
    }
    KeepRead(at, out);
    return {};
  }

  Status Finish() {
    const std::lock_guard lock(mutex_);
    while (true) {
      WL_TRY(const bool more, Pull());
      if (!more) return {};
    }
  }

 private:
  // Lets the next block go by; false at the end.
  Result<bool> Pull() {
    if (stream_ == nullptr) return AtEnd();
    block_.resize(kReadAheadBlockSize);
    auto count = ReadBlock(*stream_, block_);
    if (count && *count > 0) {
      Take(Bytes(block_).first(*count));
      return true;
    }
    if (!count) error_ = std::move(count).error();
    stream_ = nullptr;
    owned_.reset();
    block_ = ByteVector();
    return AtEnd();
  }

  Result<bool> AtEnd() const {
    if (error_) return Error(error_->code(), error_->what(), error_->offset());
    return false;
  }

  void Take(Bytes bytes) {
    if (seen_ < kHead) {
      const auto count = static_cast<size_t>(std::min<uint64_t>(bytes.size(), kHead - seen_));
      Append(head_, bytes.first(count));
      seen_ += count;
      bytes = bytes.subspan(count);
    }
    if (bytes.empty()) return;
    if (!windows_) {
      windows_.emplace(head_, kHead);
      tail_.reserve(2 * kTail + kReadAheadBlockSize);
    }
    // Where HDF5 may begin in other files; blocks begin there, too.
    if (std::has_single_bit(seen_)) {
      const Bytes signature = bytes.first(std::min(bytes.size(), kSignature));
      read_.emplace(seen_, ByteVector(signature.begin(), signature.end()));
    }
    windows_->Take(bytes);
    Append(tail_, bytes);
    if (tail_.size() > 2 * kTail) {
      tail_.erase(tail_.begin(), tail_.end() - static_cast<ptrdiff_t>(kTail));
    }
    seen_ += bytes.size();
  }

  // What is held from byte `at` on, as far as one piece of it goes.
  Bytes From(uint64_t at) const {
    if (at < head_.size()) return Bytes(head_).subspan(at);
    const uint64_t tail_at = seen_ - tail_.size();
    if (at >= tail_at) return Bytes(tail_).subspan(std::min<uint64_t>(at - tail_at, tail_.size()));
    if (const Bytes window = windows_->From(at); !window.empty()) return window;
    return FromRead(at);
  }

  Bytes FromRead(uint64_t at) const {
    auto part = read_.upper_bound(at);
    if (part == read_.begin()) return {};
    --part;
    const uint64_t in = at - part->first;
    return in < part->second.size() ? Bytes(part->second).subspan(in) : Bytes();
  }

  // Of what was read, what nothing else will hold. Large values are read once, by one judge.
  void KeepRead(uint64_t at, Bytes bytes) {
    if (bytes.size() > kLargeRead) return;
    while (!bytes.empty() && kept_ + bytes.size() <= kMostRead) {
      Bytes held = at < head_.size() ? Bytes(head_).subspan(at) : FromRead(at);
      if (held.empty()) {
        const auto next = read_.upper_bound(at);
        const uint64_t gap = next == read_.end() ? bytes.size() : next->first - at;
        held = bytes.first(static_cast<size_t>(std::min<uint64_t>(gap, bytes.size())));
        read_.emplace(at, ByteVector(held.begin(), held.end()));
        kept_ += held.size();
      }
      const size_t count = std::min(held.size(), bytes.size());
      at += count;
      bytes = bytes.subspan(count);
    }
  }

  std::mutex mutex_;  // a packed file within is read ahead on a thread of its own
  std::unique_ptr<ByteStream> owned_;
  ByteStream* stream_;  // null at its end
  std::optional<Error> error_;
  ByteVector block_, head_, tail_;
  std::optional<StreamWindows> windows_;  // of what stands behind the head
  std::map<uint64_t, ByteVector> read_;   // by their first byte, apart from one another
  uint64_t seen_ = 0;                     // bytes of the stream
  uint64_t kept_ = 0;                     // bytes of read_
};

namespace {

ByteSource SourceOf(std::shared_ptr<Passing> passing, uint64_t size, const std::string& name) {
  return ByteSource::FromReader(
      size,
      [passing = std::move(passing)](uint64_t at, MutableBytes out) {
        return passing->ReadAt(at, out);
      },
      name);
}

}  // namespace

PassingStream::PassingStream(ByteStream& stream, uint64_t size, std::string name)
    : passing_(std::make_shared<Passing>(stream)), size_(size), name_(std::move(name)) {}

ByteSource PassingStream::source() const {
  return SourceOf(passing_, size_, name_);
}

Status PassingStream::Finish() {
  return passing_->Finish();
}

Result<ByteSource> CaptureStream(ByteStream& stream, const StreamOpener& again,
                                 const std::string& name) {
  ByteVector all, block(kReadAheadBlockSize);
  uint64_t size = 0;
  while (true) {
    WL_TRY(const size_t count, ReadBlock(stream, block));
    if (count == 0) break;
    size += count;
    if (size <= kHead) Append(all, Bytes(block).first(count));
  }
  if (size <= kHead) return ByteSource::FromMemory(std::move(all), name);
  WL_TRY(auto second, again());
  return SourceOf(std::make_shared<Passing>(std::move(second)), size, name);
}

}  // namespace weighlock::scan
