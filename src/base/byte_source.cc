// ByteSource over a file descriptor, or over the parts that are held of a stream.
#include "base/byte_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/checked.h"
#include "base/file.h"

namespace weighlock {

struct ByteSource::Backing {
  FileHandle file;          // open: all bytes are there
  std::string path;         // not empty: they are in this file, opened at each read
  FileIdentity identity{};  // of that file
  Reader read;              // set: it makes them
  std::vector<Part> parts;  // else: these are
  Holes holes = Holes::kUnsupported;
  uint64_t size = 0;

  Status ReadAt(uint64_t at, MutableBytes out) const {
    if (file.is_open()) return ReadExactly(file, at, out);
    if (!path.empty()) return ReadAtPath(at, out);
    if (read) return read(at, out);
    if (CopyHeld(at, out) || holes == Holes::kZeros) return {};
    return Error(Code::kUnsupported,
                 "these bytes passed by in a compressed stream and were not kept");
  }

  Status ReadAtPath(uint64_t at, MutableBytes out) const {
    WL_TRY(const FileHandle again, OpenForReading(path));
    WL_TRY(const FileIdentity now, Identify(again));
    if (now != identity) {
      return Error(Code::kMismatch, "the file has changed since it was first read");
    }
    return ReadExactly(again, at, out);
  }

  // Copies what the parts hold of the bytes at `at`, and zeros for the rest; whether they held all.
  bool CopyHeld(uint64_t at, MutableBytes out) const {
    // The last part that begins at or before `at`, or the first one.
    auto part = std::upper_bound(parts.begin(), parts.end(), at,
                                 [](uint64_t start, const Part& p) { return start < p.first; });
    if (part != parts.begin()) --part;
    size_t held = 0;
    std::fill(out.begin(), out.end(), std::byte{0});
    for (; part != parts.end() && part->first < at + out.size(); ++part) {
      const uint64_t begin = std::max(at, part->first);
      const uint64_t end = std::min(at + out.size(), part->first + part->second.size());
      if (begin >= end) continue;
      std::copy_n(part->second.begin() + static_cast<ptrdiff_t>(begin - part->first), end - begin,
                  out.begin() + static_cast<ptrdiff_t>(begin - at));
      held += end - begin;
    }
    return held == out.size();
  }
};

ByteSource::ByteSource(std::shared_ptr<const Backing> backing, uint64_t start, uint64_t size,
                       std::string name)
    : backing_(std::move(backing)), start_(start), size_(size), name_(std::move(name)) {}

Result<ByteSource> ByteSource::OpenFile(const std::string& path, std::string name) {
  auto opened = OpenForReading(path);
  if (!opened) return std::move(opened).error().In(name);
  return TakeFile(*std::move(opened), std::move(name));
}

Result<ByteSource> ByteSource::TakeFile(FileHandle file, std::string name) {
  auto backing = std::make_shared<Backing>();
  backing->file = std::move(file);
  auto size = FileSize(backing->file);
  if (!size) return std::move(size).error().In(name);
  backing->size = *size;
  return ByteSource(std::move(backing), 0, *size, std::move(name));
}

Result<ByteSource> ByteSource::OpenFileAtEachRead(const std::string& path, std::string name) {
  auto opened = OpenForReading(path);
  if (!opened) return std::move(opened).error().In(name);
  auto identity = Identify(*opened);
  if (!identity) return std::move(identity).error().In(name);
  auto backing = std::make_shared<Backing>();
  backing->path = path;
  backing->identity = *identity;
  backing->size = identity->size;
  return ByteSource(std::move(backing), 0, identity->size, std::move(name));
}

ByteSource ByteSource::FromMemory(ByteVector bytes, std::string name) {
  const uint64_t size = bytes.size();
  return Sparse(size, std::move(bytes), {}, std::move(name));
}

ByteSource ByteSource::Sparse(uint64_t size, ByteVector head, ByteVector tail, std::string name) {
  assert(head.size() <= size && tail.size() <= size - head.size());
  const uint64_t tail_offset = size - tail.size();
  std::vector<Part> parts;
  parts.emplace_back(0, std::move(head));
  parts.emplace_back(tail_offset, std::move(tail));
  return FromParts(size, std::move(parts), Holes::kUnsupported, std::move(name));
}

ByteSource ByteSource::FromParts(uint64_t size, std::vector<Part> parts, Holes holes,
                                 std::string name) {
  auto backing = std::make_shared<Backing>();
  backing->holes = holes;
  // Neighbours become one, so that a read may cross from one to the next.
  for (Part& part : parts) {
    auto& held = backing->parts;
    if (!held.empty() && held.back().first + held.back().second.size() == part.first) {
      Append(held.back().second, part.second);
    } else {
      held.push_back(std::move(part));
    }
  }
  backing->size = size;
  return ByteSource(std::move(backing), 0, size, std::move(name));
}

ByteSource ByteSource::FromReader(uint64_t size, Reader read, std::string name) {
  auto backing = std::make_shared<Backing>();
  backing->read = std::move(read);
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
  const Status read = backing_->ReadAt(at, out);
  // Offsets count in this source, not in what it is a slice of.
  if (!read) return Error(read.error().code(), read.error().what(), offset);
  return {};
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

Status ForEachBlock(const ByteSource& source, ByteVector& block,
                    const std::function<Status(Bytes)>& take) {
  constexpr size_t kBlock = size_t{1} << 20;
  block.resize(static_cast<size_t>(std::min<uint64_t>(kBlock, source.size())));
  for (uint64_t done = 0; done < source.size();) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(kBlock, source.size() - done));
    const MutableBytes bytes = MutableBytes(block).first(count);
    Status read = source.ReadAt(done, bytes);
    if (!read) return std::move(read).error().In(source.name());
    WL_CHECKED(take(bytes));
    done += count;
  }
  return {};
}

}  // namespace weighlock
