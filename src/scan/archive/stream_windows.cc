// A window is opened where something is seen, and fed as the bytes come; what may be the start of
// something that has not come yet waits.
#include "scan/archive/stream_windows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace weighlock::scan {
namespace {

constexpr uint64_t kHeaderWindow = 1024;               // a local header with name and extra field
constexpr uint64_t kMemberWindow = uint64_t{4} << 20;  // of a member that is no storage
constexpr size_t kSignature = 4;
constexpr size_t kLocalHeader = 30;
constexpr size_t kPage = 1024;
constexpr size_t kNone = SIZE_MAX;
constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";
constexpr uint64_t kLeastUserBlock = 512;  // of HDF5; each other is twice as long as the one before

// "archive/data/17": what torch names a storage.
bool IsStorageName(std::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash == name.npos || slash + 1 == name.size()) return false;
  return name.substr(0, slash).ends_with("/data") &&
         name.find_first_not_of("0123456789", slash + 1) == name.npos;
}

// Whether bytes begin the header of a member that is no storage.
bool IsOther(Bytes header) {
  if (!AsText(header).starts_with("PK\x03\x04")) return false;
  const size_t size = LoadLe<uint16_t>(header.subspan(26));
  return !IsStorageName(AsText(header).substr(kLocalHeader, size));
}

// The first local header or descriptor from `from` on.
size_t FindSignature(Bytes bytes, size_t from) {
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

// Addresses below 4 GiB, counts and padding have four zero bytes in a row, which comes by chance
// once in four million pages of noise; text, names and configurations 64 bytes below 0x80.
bool LooksLikeStructure(Bytes page) {
  constexpr size_t kZeros = 4, kText = 64;
  size_t zeros = 0, low = 0;
  for (const std::byte byte : page) {
    zeros = byte == std::byte{0} ? zeros + 1 : 0;
    low = byte < std::byte{0x80} ? low + 1 : 0;
    if (zeros == kZeros || low == kText) return true;
  }
  return false;
}

}  // namespace

StreamWindows::StreamWindows(Bytes head, uint64_t from) : seen_(from), next_page_(from) {
  if (AsText(head).starts_with("PK\x03\x04")) format_ = Format::kZip;
  if (AsText(head).starts_with(kHdf5Signature)) format_ = Format::kHdf5;
}

void StreamWindows::Take(Bytes bytes) {
  const bool may_begin = std::has_single_bit(seen_) && seen_ >= kLeastUserBlock;
  if (format_ == Format::kOther && may_begin && AsText(bytes).starts_with(kHdf5Signature)) {
    format_ = Format::kHdf5;
    next_page_ = seen_;
  }
  if (format_ == Format::kZip) TakeZip(bytes);
  if (format_ == Format::kHdf5) TakePages(bytes);
  seen_ += bytes.size();
}

Bytes StreamWindows::From(uint64_t at) const {
  auto window =
      std::upper_bound(windows_.begin(), windows_.end(), at,
                       [](uint64_t start, const auto& held) { return start < held.first; });
  if (window == windows_.begin()) return {};
  --window;
  const uint64_t in = at - window->first;
  return in < window->second.size() ? Bytes(window->second).subspan(in) : Bytes();
}

void StreamWindows::TakeZip(Bytes bytes) {
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

// carry_ is the page before the next, which may be wanted with it, and what has come of the next.
void StreamWindows::TakePages(Bytes bytes) {
  ByteVector buffer = std::move(carry_);
  const uint64_t base = seen_ - buffer.size();
  Append(buffer, bytes);
  Feed(buffer, base);
  auto page = static_cast<size_t>(next_page_ - base);
  for (; buffer.size() - page >= kPage; page += kPage) {
    if (!LooksLikeStructure(Bytes(buffer).subspan(page, kPage))) continue;
    const size_t before = page - std::min(page, kPage);
    Open(base + before, page + 2 * kPage - before);
    Feed(buffer, base);
  }
  next_page_ = base + page;
  const size_t keep_from = page - std::min(page, kPage);
  carry_.assign(buffer.begin() + static_cast<ptrdiff_t>(keep_from), buffer.end());
}

uint64_t StreamWindows::End() const {
  return windows_.empty() ? 0 : windows_.back().first + windows_.back().second.size();
}

void StreamWindows::Open(uint64_t at, uint64_t size) {
  if (kept_ >= kMost) return;
  if (windows_.empty() || at > End()) windows_.emplace_back(at, ByteVector());
  wanted_end_ = std::max(wanted_end_, at + size);
}

// What the last window still wants of a buffer that begins at `base`.
void StreamWindows::Feed(Bytes buffer, uint64_t base) {
  if (windows_.empty()) return;
  const uint64_t from = End(), to = std::min(wanted_end_, base + buffer.size());
  if (from < base || from >= to) return;
  Append(windows_.back().second, buffer.subspan(from - base, to - from));
  kept_ += to - from;
}

}  // namespace weighlock::scan
