// The two sinks. Both compare what the system holds with what was written to it.
#include "adapt/package_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/staging.h"
#include "container/gzip/gzip_writer.h"
#include "container/tar/tar_writer.h"

namespace weighlock {
namespace {

// Appends to a file and reads every block back.
class ComparedFile : public ByteSink {
 public:
  explicit ComparedFile(const FileHandle& file) : file_(file) {}

  Status Write(Bytes bytes) override {
    WL_CHECKED(WriteCompared(file_, position_, bytes, back_));
    StartWriteback(file_, position_, bytes.size());
    position_ += bytes.size();
    return {};
  }

  uint64_t position() const { return position_; }

 private:
  const FileHandle& file_;
  uint64_t position_ = 0;
  ByteVector back_;
};

class FolderSink : public PackageSink {
 public:
  explicit FolderSink(StagedFolder staged) : staged_(std::move(staged)) {}

  Status Begin(const std::string& path, uint64_t size, bool executable) override {
    WL_CHECKED(Create(path, size, executable));
    compared_.emplace(file_);
    return {};
  }
  Status Write(Bytes bytes) override { return compared_->Write(bytes).In(path_); }
  Status End() override {
    compared_.reset();
    file_ = FileHandle();
    return {};
  }
  Result<const FileHandle*> BeginAnywhere(const std::string& path, uint64_t size) override {
    WL_CHECKED(Create(path, size, /*executable=*/false));
    return static_cast<const FileHandle*>(&file_);
  }
  Result<uint64_t> Commit() override {
    WL_CHECKED(std::move(staged_).Commit(Durability::kPowerCut));
    return total_;
  }

 private:
  Status Create(const std::string& path, uint64_t size, bool executable) {
    WL_TRY(file_, staged_.CreateFile(path, executable));
    path_ = path;
    total_ += size;
    return {};
  }

  StagedFolder staged_;
  FileHandle file_;  // the current one
  std::string path_;
  std::optional<ComparedFile> compared_;
  uint64_t total_ = 0;
};

// SOURCE_DATE_EPOCH by the reproducible-builds convention, or the first second of 1970.
uint64_t ModificationTime() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  constexpr uint64_t kMostOfUstar = 077777777777;
  return epoch == nullptr ? 0 : std::min<uint64_t>(std::strtoull(epoch, nullptr, 10), kMostOfUstar);
}

class TarSink : public PackageSink {
 public:
  TarSink(StagedFile staged, bool gzip, unsigned threads)
      : staged_(std::move(staged)), mtime_(ModificationTime()) {
    if (gzip) {
      gzip_ = std::make_unique<GzipWriter>(staged_.file(), threads);
    } else {
      plain_ = std::make_unique<ComparedFile>(staged_.file());
    }
  }

  Status Begin(const std::string& path, uint64_t size, bool executable) override {
    size_ = size;
    return Put(TarHeader({path, TarEntry::Type::kFile, size, executable, mtime_}));
  }
  Status Write(Bytes bytes) override { return Put(bytes); }
  Status End() override { return Put(TarPadding(size_)); }
  Result<const FileHandle*> BeginAnywhere(const std::string&, uint64_t) override {
    return static_cast<const FileHandle*>(nullptr);
  }
  Result<uint64_t> Commit() override {
    WL_CHECKED(Put(TarEnd(total_)));
    uint64_t written = total_;
    if (gzip_) {
      auto finished = gzip_->Finish();
      if (!finished) return std::move(finished).error().In(staged_.destination());
      written = *finished;
    }
    WL_CHECKED(std::move(staged_).Commit(Durability::kPowerCut));
    return written;
  }

 private:
  Status Put(Bytes bytes) {
    total_ += bytes.size();
    ByteSink& sink = gzip_ ? static_cast<ByteSink&>(*gzip_) : *plain_;
    return sink.Write(bytes).In(staged_.destination());
  }

  StagedFile staged_;
  uint64_t mtime_;
  std::unique_ptr<GzipWriter> gzip_;  // one of the two
  std::unique_ptr<ComparedFile> plain_;
  uint64_t size_ = 0;   // of the current file
  uint64_t total_ = 0;  // tar bytes so far
};

}  // namespace

Result<PackageKind> OutputKind(const std::string& path) {
  if (path.ends_with(".tar.gz") || path.ends_with(".tgz")) return PackageKind::kTarGz;
  if (path.ends_with(".tar")) return PackageKind::kTar;
  for (const char* other :
       {".zip", ".tar.bz2", ".tar.xz", ".tar.zst", ".gz", ".bin", ".safetensors"}) {
    if (!path.ends_with(other)) continue;
    return Error(Code::kUsage,
                 "wanted the name of a folder, or one ending in .tar, .tar.gz or .tgz", kNoOffset,
                 path);
  }
  return PackageKind::kFolder;
}

Result<std::unique_ptr<PackageSink>> OpenSink(const std::string& path, unsigned threads) {
  WL_TRY(const PackageKind kind, OutputKind(path));
  if (kind == PackageKind::kFolder) {
    WL_TRY(StagedFolder staged, StagedFolder::Create(path));
    return std::unique_ptr<PackageSink>(std::make_unique<FolderSink>(std::move(staged)));
  }
  WL_TRY(StagedFile staged, StagedFile::Create(path));
  return std::unique_ptr<PackageSink>(
      std::make_unique<TarSink>(std::move(staged), kind == PackageKind::kTarGz, threads));
}

}  // namespace weighlock
