// Where an adapted package goes: a folder, a tar, a tar.gz. All staged, all read back.
#pragma once

#include <memory>
#include <string>

#include "base/byte_stream.h"
#include "base/file.h"
#include "weighlock/package.h"
#include "weighlock/result.h"

namespace weighlock {

class PackageSink {
 public:
  virtual ~PackageSink() = default;

  // Begins a file of exactly `size` bytes, which then come through Write.
  virtual Status Begin(const std::string& path, uint64_t size, bool executable) = 0;
  virtual Status Write(Bytes bytes) = 0;
  virtual Status End() = 0;

  // A file to be written at any offset, in place of Begin to End; null where the sink is a stream.
  virtual Result<const FileHandle*> BeginAnywhere(const std::string& path, uint64_t size) = 0;

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

// The kind of package that a path names: by .tar, .tar.gz or .tgz, else a folder. kUsage: the name
// says some other kind of file (".zip").
Result<PackageKind> OutputKind(const std::string& path);

// kConflict: `path` exists.
Result<std::unique_ptr<PackageSink>> OpenSink(const std::string& path, unsigned threads);

}  // namespace weighlock
