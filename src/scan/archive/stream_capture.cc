// A head, a tail, and for zips the windows in between; overlapping parts are never kept twice.
#include "scan/archive/stream_capture.h"

#include <algorithm>
#include <cstring>

#include "base/read_ahead.h"
#include "format/safetensors/safetensors_reader.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kHead = uint64_t{16} << 20;
constexpr uint64_t kTail = uint64_t{4} << 20;
constexpr uint64_t kMostWindows = uint64_t{32} << 20;
constexpr uint64_t kHeaderWindow = 1024;               // a local header with name and extra field
constexpr uint64_t kMemberWindow = uint64_t{4} << 20;  // of a member that is no storage
constexpr size_t kSignature = 4;
constexpr size_t kLocalHeader = 30;

// "archive/data/17": what torch names a storage.
bool IsStorageName(std::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash == name.npos || slash + 1 == name.size()) return false;
  return name.substr(0, slash).ends_with("/data") &&
         name.find_first_not_of("0123456789", slash + 1) == name.npos;
}

class Capture {
 public:
  Capture(std::string name, const Limits& limits) : name_(std::move(name)), limits_(limits) {}

  void Take(Bytes bytes) {
    if (seen_ < head_wanted_) {
      const auto count =
          static_cast<size_t>(std::min<uint64_t>(bytes.size(), head_wanted_ - seen_));
      Append(head_, bytes.first(count));
      seen_ += count;
      bytes = bytes.subspan(count);
      if (seen_ == head_wanted_) Decide();
    }
    if (bytes.empty()) return;
    if (is_zip_) TakeWindows(bytes);
    TakeTail(bytes);
    seen_ += bytes.size();
  }

  ByteSource Finish() && {
    if (seen_ == head_.size()) return ByteSource::FromMemory(std::move(head_), std::move(name_));
    std::vector<ByteSource::Part> parts;
    const uint64_t tail_at = seen_ - tail_.size();
    const uint64_t head_end = head_.size();
    parts.emplace_back(0, std::move(head_));
    uint64_t end = head_end;
    for (ByteSource::Part& window : windows_) {
      if (window.first >= tail_at) break;
      if (window.second.size() > tail_at - window.first) {
        window.second.resize(static_cast<size_t>(tail_at - window.first));
      }
      end = window.first + window.second.size();
      parts.push_back(std::move(window));
    }
    if (tail_at < end)
      tail_.erase(tail_.begin(), tail_.begin() + static_cast<ptrdiff_t>(end - tail_at));
    parts.emplace_back(std::max(end, tail_at), std::move(tail_));
    return ByteSource::FromParts(seen_, std::move(parts), ByteSource::Holes::kUnsupported,
                                 std::move(name_));
  }

 private:
  // The head has come: what else of the file will be wanted?
  void Decide() {
    if (decided_) return;
    decided_ = true;
    is_zip_ = AsText(head_).starts_with("PK\x03\x04");
    const auto end =
        SafetensorsHeaderEnd(Bytes(head_).first(kSafetensorsPrefix), UINT64_MAX, limits_);
    if (LooksLikeSafetensors(head_) && end) head_wanted_ = std::max(head_wanted_, *end);
  }

  // The last kTail bytes.
  void TakeTail(Bytes bytes) {
    Append(tail_, bytes);
    if (tail_.size() > 2 * kTail) {
      tail_.erase(tail_.begin(), tail_.end() - static_cast<ptrdiff_t>(kTail));
    }
  }

  // Opens a window at each signature of a local header or a descriptor, and feeds the last one. A
  // header that is not all there yet waits in carry_ for the next bytes.
  void TakeWindows(Bytes bytes) {
    ByteVector buffer = std::move(carry_);
    const uint64_t base = seen_ - buffer.size();
    Append(buffer, bytes);
    Feed(buffer, base);
    size_t keep_from = buffer.size() - std::min(buffer.size(), kSignature - 1);
    for (size_t at = 0; (at = FindSignature(buffer, at)) != kNone; at += kSignature) {
      if (buffer.size() - at < kHeaderWindow) {
        keep_from = at;
        break;
      }
      Open(base + at, IsOther(Bytes(buffer).subspan(at)) ? kMemberWindow : kHeaderWindow);
      Feed(buffer, base);
    }
    carry_.assign(buffer.begin() + static_cast<ptrdiff_t>(keep_from), buffer.end());
  }

  static constexpr size_t kNone = SIZE_MAX;

  static size_t FindSignature(Bytes bytes, size_t from) {
    size_t first = kNone;
    for (const char* signature : {"PK\x03\x04", "PK\x07\x08"}) {
      const void* found = from >= bytes.size() ? nullptr
                                               : ::memmem(bytes.data() + from, bytes.size() - from,
                                                          signature, kSignature);
      if (found == nullptr) continue;
      first =
          std::min(first, static_cast<size_t>(static_cast<const std::byte*>(found) - bytes.data()));
    }
    return first;
  }

  uint64_t WindowEnd() const {
    return windows_.empty() ? 0 : windows_.back().first + windows_.back().second.size();
  }

  void Open(uint64_t at, uint64_t size) {
    if (kept_ >= kMostWindows) return;
    if (windows_.empty() || at > WindowEnd()) windows_.emplace_back(at, ByteVector());
    wanted_end_ = std::max(wanted_end_, at + size);
  }

  // What the last window still wants of a buffer that begins at `base`.
  void Feed(Bytes buffer, uint64_t base) {
    if (windows_.empty()) return;
    const uint64_t from = WindowEnd(), to = std::min(wanted_end_, base + buffer.size());
    if (from < base || from >= to) return;
    Append(windows_.back().second, buffer.subspan(from - base, to - from));
    kept_ += to - from;
  }

  // Whether bytes begin the header of a member that is no storage.
  static bool IsOther(Bytes header) {
    if (!AsText(header).starts_with("PK\x03\x04")) return false;
    const size_t size = LoadLe<uint16_t>(header.subspan(26));
    return !IsStorageName(AsText(header).substr(kLocalHeader, size));
  }

  std::string name_;
  const Limits& limits_;
  ByteVector head_, tail_;
  ByteVector carry_;  // the last bytes of a block, where a header may begin
  std::vector<ByteSource::Part> windows_;
  uint64_t head_wanted_ = kHead;
  uint64_t seen_ = 0;
  uint64_t kept_ = 0;        // bytes of windows
  uint64_t wanted_end_ = 0;  // of the last window, in bytes of the stream
  bool decided_ = false;
  bool is_zip_ = false;
};

}  // namespace

Result<ByteSource> CaptureStream(ByteStream& stream, const std::string& name,
                                 const Limits& limits) {
  Capture capture(name, limits);
  ByteVector block(kReadAheadBlockSize);
  while (true) {
    WL_TRY(const size_t count, stream.Read(block));
    if (count == 0) return std::move(capture).Finish();
    capture.Take(Bytes(block).first(count));
  }
}

}  // namespace weighlock::scan
