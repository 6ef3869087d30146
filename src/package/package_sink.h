// Where a package is written to: a folder, a tar, a tar.gz, a zip. All staged, all read back.
#pragma once

#include <memory>
#include <string>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "base/file.h"
#include "weighlock/package.h"
#include "weighlock/result.h"

namespace weighlock {

class PackageSink {
 public:
  virtual ~PackageSink() = default;

  // A folder that is to be there though nothing may be in it.
  virtual Status Folder(const std::string& path) = 0;

  // Begins a file of exactly `size` bytes, which then come through Write.
  virtual Status Begin(const std::string& path, uint64_t size, bool executable) = 0;
  virtual Status Write(Bytes bytes) = 0;
  // The whole of `source`, for callers who need not see the bytes go by; `progress` may be null.
  virtual Status WriteFrom(const ByteSource& source, Progress* progress);
  virtual Status End() = 0;

  // A file to be written at any offset, in place of Begin to End; null where the sink is a stream.
  virtual Result<const FileHandle*> BeginAnywhere(const std::string& path, uint64_t size) = 0;

  // How messages name a file of it: by its place in the end, where it has one.
  virtual std::string PlaceOf(const std::string& path) const { return path; }

  // Where what was written stands before Commit, to be looked at; empty where it stands nowhere by
  // a name.
  virtual std::string StagedPath() const { return {}; }

  // Behind the last file: every byte of every source has been read when this returns, and what is
  // left for Commit needs none of them.
  virtual Status Finish() { return {}; }

  // Makes all of it durable and visible under its name. Returns its size in bytes.
  virtual Result<uint64_t> Commit() = 0;
};

// The current file of a sink, as bytes go.
class CurrentFile : public ByteSink {
 public:
  explicit CurrentFile(PackageSink& sink) : sink_(sink) {}
  Status Write(Bytes bytes) override { return sink_.Write(bytes); }

 private:
  PackageSink& sink_;
};

// The kind of package that a path names: by .tar, .tar.gz, .tgz or .zip, else a folder. kUsage: the
// name says some other kind of file (".tar.xz").
Result<PackageKind> OutputKind(const std::string& path);

// kConflict: `path` exists. Paths are given in the order in which an archive is to hold them.
Result<std::unique_ptr<PackageSink>> OpenSink(const std::string& path, unsigned threads);

// One kind each.
Result<std::unique_ptr<PackageSink>> OpenFolderSink(const std::string& path);
Result<std::unique_ptr<PackageSink>> OpenTarSink(const std::string& path, bool gzip,
                                                 unsigned threads);
Result<std::unique_ptr<PackageSink>> OpenZipSink(const std::string& path);

// Appends to a file and reads every block back.
class ComparedFile : public ByteSink {
 public:
  explicit ComparedFile(const FileHandle& file, uint64_t position = 0)
      : file_(file), position_(position) {}

  Status Write(Bytes bytes) override;
  uint64_t position() const { return position_; }

 private:
  const FileHandle& file_;
  uint64_t position_;
  ByteVector back_;
};

// The time that archives give their members: SOURCE_DATE_EPOCH by the reproducible-builds
// convention, in seconds since 1970, or 0.
uint64_t ModificationTime();

}  // namespace weighlock
