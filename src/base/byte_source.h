// Random access to an immutable run of bytes: a file, a part of one, or a buffer.
//
// Nothing is mapped. Every read copies into the caller's buffer, so what was checked cannot change
// before it is used, and a file that shrinks while we read it is an error and not a signal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "weighlock/result.h"

namespace weighlock {

// A cheap value: copies share the open file or the buffer. Reads are safe from many threads.
class ByteSource {
 public:
  // Opens a regular file once, and takes its size from that descriptor. Errors: kNotFound, kIo
  // (unreadable, a directory, a device). The errors of later reads carry `name`.
  static Result<ByteSource> OpenFile(const std::string& path, std::string name);

  // A file that is open already.
  static Result<ByteSource> TakeFile(FileHandle file, std::string name);

  // As OpenFile without a descriptor held between reads, for folders of more files than a process
  // may have open: each read opens the file again. kMismatch where it is not the same any more.
  static Result<ByteSource> OpenFileAtEachRead(const std::string& path, std::string name);

  static ByteSource FromMemory(ByteVector bytes, std::string name);

  // A run of `size` bytes of which only `head` (from 0) and `tail` (up to the end) are held; what
  // lies between was seen in a stream and let go. Reading there is kUnsupported.
  static ByteSource Sparse(uint64_t size, ByteVector head, ByteVector tail, std::string name);

  // As Sparse, of any number of held parts: pairs of offset and bytes, ascending, not overlapping.
  // What lies between reads as zeros where the caller knows that it cannot matter.
  using Part = std::pair<uint64_t, ByteVector>;
  enum class Holes : uint8_t { kUnsupported, kZeros };
  static ByteSource FromParts(uint64_t size, std::vector<Part> parts, Holes holes,
                              std::string name);

  // Bytes that `read` makes as they are asked for, always the same; from as many threads at once as
  // it allows.
  using Reader = std::function<Status(uint64_t offset, MutableBytes out)>;
  static ByteSource FromReader(uint64_t size, Reader read, std::string name);

  uint64_t size() const { return size_; }
  const std::string& name() const WL_LIFETIME_BOUND { return name_; }

  // `length` bytes from `offset` as a source of their own. Requires them to lie inside this one.
  ByteSource Slice(uint64_t offset, uint64_t length, std::string name) const;

  // Fills `out` from `offset` (bytes from the start of this source). kTruncated where the source
  // ends before, or the file has shrunk since it was opened; kIo where the system fails.
  // Errors carry no place but the offset: the caller knows the name it reports.
  Status ReadAt(uint64_t offset, MutableBytes out) const;

  // `length` bytes from `offset`, owned. The caller has bounded `length`.
  Result<ByteVector> Read(uint64_t offset, uint64_t length) const;

  // Up to `most` bytes from the start: what a format is recognised by.
  Result<ByteVector> Head(uint64_t most) const;

 private:
  struct Backing;
  ByteSource(std::shared_ptr<const Backing> backing, uint64_t start, uint64_t size,
             std::string name);

  std::shared_ptr<const Backing> backing_;
  uint64_t start_;
  uint64_t size_;
  std::string name_;
};

// Calls `take` with the bytes of `source` in their order, up to 1 MiB at a time, held in `block`,
// which callers keep. Errors of reading say the source's name; those of `take` end the walk.
Status ForEachBlock(const ByteSource& source, ByteVector& block,
                    const std::function<Status(Bytes)>& take);

}  // namespace weighlock
