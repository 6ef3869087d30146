// A file descriptor that closes itself, and reads and writes that finish or say why not.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock {

class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileHandle();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The operating system's word for `error_number`, as "No such file or directory (ENOENT)".
std::string SystemMessage(int error_number);

// kNotFound for ENOENT and ENOTDIR, kConflict for EEXIST, kIo for the rest.
Error SystemError(int error_number, std::string_view doing, std::string_view where);

// Opens for reading: regular files only, so that a FIFO or a device can neither block nor lie.
Result<FileHandle> OpenForReading(const std::string& path);

// Reads exactly out.size() bytes at `offset`, through EINTR and short reads. kTruncated at the end
// of the file.
Status ReadExactly(const FileHandle& file, uint64_t offset, MutableBytes out);

// Writes all of `bytes` at `offset`, through EINTR and short writes.
Status WriteExactly(const FileHandle& file, uint64_t offset, Bytes bytes);

// WriteExactly, block by block, each read back and compared with what was written. kMismatch where
// the file holds something else. `back` is room for a block, kept by the caller between calls.
Status WriteCompared(const FileHandle& file, uint64_t offset, Bytes bytes, ByteVector& back);

// Lets the system begin to write these bytes to the disk, so that a sync at the end is short. A
// hint.
void StartWriteback(const FileHandle& file, uint64_t offset, uint64_t size);

// Size in bytes of an open file.
Result<uint64_t> FileSize(const FileHandle& file);

// Which file this is, and in which state: equal for the same file as long as nobody changes it.
struct FileIdentity {
  uint64_t device, inode, size;
  int64_t seconds, nanoseconds;  // of its last change
  bool operator==(const FileIdentity&) const = default;
};
Result<FileIdentity> Identify(const FileHandle& file);

}  // namespace weighlock
