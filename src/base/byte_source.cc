// ByteSource over a file descriptor or over the one or two buffers that are held of a stream.
#include "base/byte_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/checked.h"
#include "base/file.h"

namespace weighlock {

struct ByteSource::Backing {
  FileHandle file;  // open: the bytes are there
  ByteVector head;  // else: bytes [0, head.size())
  ByteVector tail;  //       and [size - tail.size(), size)
  uint64_t size = 0;
};

ByteSource::ByteSource(std::shared_ptr<const Backing> backing, uint64_t start, uint64_t size,
                       std::string name)
    : backing_(std::move(backing)), start_(start), size_(size), name_(std::move(name)) {}

Result<ByteSource> ByteSource::OpenFile(const std::string& path, std::string name) {
  auto opened = OpenForReading(path);
  if (!opened) return std::move(opened).error().In(name);
  auto backing = std::make_shared<Backing>();
  backing->file = *std::move(opened);
  auto size = FileSize(backing->file);
  if (!size) return std::move(size).error().In(name);
  backing->size = *size;
  return ByteSource(std::move(backing), 0, *size, std::move(name));
}

ByteSource ByteSource::FromMemory(ByteVector bytes, std::string name) {
  const uint64_t size = bytes.size();
  return Sparse(size, std::move(bytes), {}, std::move(name));
}

ByteSource ByteSource::Sparse(uint64_t size, ByteVector head, ByteVector tail, std::string name) {
  assert(head.size() <= size && tail.size() <= size);
  auto backing = std::make_shared<Backing>();
  backing->head = std::move(head);
  backing->tail = std::move(tail);
  backing->size = size;
  return ByteSource(std::move(backing), 0, size, std::move(name));
}

ByteSource ByteSource::Slice(uint64_t offset, uint64_t length, std::string name) const {
  assert(FitsIn(offset, length, size_));
  return ByteSource(backing_, start_ + offset, length, std::move(name));
}

Status ByteSource::ReadAt(uint64_t offset, MutableBytes out) const {
  if (!FitsIn(offset, out.size(), size_)) {
    return Error(Code::kTruncated,
                 fmt::format("wanted {} bytes, {} are left", out.size(),
                             offset <= size_ ? size_ - offset : 0),
                 offset);
  }
  const uint64_t at = start_ + offset;
  if (backing_->file.is_open()) {
    auto read = ReadExactly(backing_->file, at, out);
    if (!read) {
      // Offsets count in this source, not in the file it is a slice of.
      return Error(read.error().code(), read.error().what(), offset);
    }
    return {};
  }
  if (FitsIn(at, out.size(), backing_->head.size())) {
    std::copy_n(backing_->head.begin() + static_cast<ptrdiff_t>(at), out.size(), out.begin());
    return {};
  }
  const uint64_t tail_start = backing_->size - backing_->tail.size();
  if (at >= tail_start) {
    std::copy_n(backing_->tail.begin() + static_cast<ptrdiff_t>(at - tail_start), out.size(),
                out.begin());
    return {};
  }
  return Error(Code::kUnsupported, "these bytes passed by in a compressed stream and were not kept",
               offset);
}

Result<ByteVector> ByteSource::Read(uint64_t offset, uint64_t length) const {
  if (!FitsIn(offset, length, size_)) {
    return Error(
        Code::kTruncated,
        fmt::format("wanted {} bytes, {} are left", length, offset <= size_ ? size_ - offset : 0),
        offset);
  }
  ByteVector bytes(length);
  WL_CHECKED(ReadAt(offset, bytes));
  return bytes;
}

Result<ByteVector> ByteSource::Head(uint64_t most) const {
  return Read(0, std::min(most, size_));
}

}  // namespace weighlock
