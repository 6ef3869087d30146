// POSIX reads and writes, with every failure named.
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/interrupt.h"

namespace weighlock {

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

std::string SystemMessage(int error_number) {
  const char* name = strerrorname_np(error_number);
  const char* text = strerrordesc_np(error_number);
  return fmt::format("{} ({})", text == nullptr ? "unknown error" : text,
                     name == nullptr ? fmt::format("errno {}", error_number) : name);
}

Error SystemError(int error_number, std::string_view doing, std::string_view where) {
  Code code = Code::kIo;
  if (error_number == ENOENT || error_number == ENOTDIR) code = Code::kNotFound;
  if (error_number == EEXIST || error_number == ENOTEMPTY) code = Code::kConflict;
  return Error(code, fmt::format("{}: {}", doing, SystemMessage(error_number)), kNoOffset,
               std::string(where));
}

Result<FileHandle> OpenForReading(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer; it is refused right below.
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.is_open()) return SystemError(errno, "cannot open for reading", {});
  struct stat st;
  if (::fstat(file.fd(), &st) != 0) return SystemError(errno, "cannot stat", {});
  if (S_ISDIR(st.st_mode)) return Error(Code::kIo, "wanted a regular file, found a directory");
  if (!S_ISREG(st.st_mode)) {
    return Error(Code::kIo, "wanted a regular file, found a device, socket or pipe");
  }
  return file;
}

Status ReadExactly(const FileHandle& file, uint64_t offset, MutableBytes out) {
  size_t done = 0;
  while (done < out.size()) {
    if (Interrupted()) return Error(Code::kInterrupted, "stopped while reading", offset + done);
    const ssize_t n =
        ::pread(file.fd(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      const int error_number = errno;
      return Error(Code::kIo, fmt::format("cannot read: {}", SystemMessage(error_number)),
                   offset + done);
    }
    if (n == 0) {
      return Error(Code::kTruncated,
                   fmt::format("wanted {} bytes, the file ends after {}", out.size(), done),
                   offset);
    }
    done += static_cast<size_t>(n);
  }
  return {};
}

Status WriteExactly(const FileHandle& file, uint64_t offset, Bytes bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    if (Interrupted()) return Error(Code::kInterrupted, "stopped while writing", offset + done);
    const ssize_t n = ::pwrite(file.fd(), bytes.data() + done, bytes.size() - done,
                               static_cast<off_t>(offset + done));
    if (n < 0) {
      if (errno == EINTR) continue;
      const int error_number = errno;
      return Error(Code::kIo, fmt::format("cannot write: {}", SystemMessage(error_number)),
                   offset + done);
    }
    if (n == 0) return Error(Code::kIo, "cannot write: the system took no bytes", offset + done);
    done += static_cast<size_t>(n);
  }
  return {};
}

Status WriteCompared(const FileHandle& file, uint64_t offset, Bytes bytes, ByteVector& back) {
  // Small enough that a block written and read back stays in a core's cache.
  constexpr size_t kBlock = size_t{1} << 20;
  back.resize(std::max(back.size(), std::min(bytes.size(), kBlock)));
  while (!bytes.empty()) {
    const Bytes block = bytes.first(std::min(bytes.size(), kBlock));
    const MutableBytes held = MutableBytes(back).first(block.size());
    WL_CHECKED(WriteExactly(file, offset, block));
    WL_CHECKED(ReadExactly(file, offset, held));
    if (!SameBytes(held, block)) {
      return Error(Code::kMismatch, "the output does not hold what was written to it", offset);
    }
    offset += block.size();
    bytes = bytes.subspan(block.size());
  }
  return {};
}

void StartWriteback(const FileHandle& file, uint64_t offset, uint64_t size) {
  ::sync_file_range(file.fd(), static_cast<off64_t>(offset), static_cast<off64_t>(size),
                    SYNC_FILE_RANGE_WRITE);
}

Result<uint64_t> FileSize(const FileHandle& file) {
  WL_TRY(const FileIdentity identity, Identify(file));
  return identity.size;
}

Result<FileIdentity> Identify(const FileHandle& file) {
  struct stat st;
  if (::fstat(file.fd(), &st) != 0) return SystemError(errno, "cannot stat", {});
  return FileIdentity{st.st_dev, st.st_ino, static_cast<uint64_t>(st.st_size), st.st_mtim.tv_sec,
                      st.st_mtim.tv_nsec};
}

}  // namespace weighlock
