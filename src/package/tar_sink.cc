// A package written as a tar, plain or packed.
#include <optional>

#include "base/staging.h"
#include "container/gzip/gzip_writer.h"
#include "container/tar/tar_writer.h"
#include "package/package_sink.h"

namespace weighlock {
namespace {

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

  Status Folder(const std::string& path) override {
    return Put(TarHeader({path, TarEntry::Type::kDirectory, 0, false, mtime_}));
  }
  Status Begin(const std::string& path, uint64_t size, bool executable) override {
    size_ = size;
    return Put(TarHeader({path, TarEntry::Type::kFile, size, executable, mtime_}));
  }
  Status Write(Bytes bytes) override { return Put(bytes); }
  Status WriteFrom(const ByteSource& source, Progress* progress) override {
    if (!gzip_) return PackageSink::WriteFrom(source, progress);
    total_ += source.size();
    return Placed(gzip_->WriteFrom(source, progress));
  }
  Status End() override { return Put(TarPadding(size_)); }
  Result<const FileHandle*> BeginAnywhere(const std::string&, uint64_t) override {
    return static_cast<const FileHandle*>(nullptr);
  }
  // Threads read what is packed, some of it behind WriteFrom.
  Status Finish() override {
    if (written_) return {};
    WL_CHECKED(Put(TarEnd(total_)));
    written_ = total_;
    if (!gzip_) return {};
    auto finished = gzip_->Finish();
    if (!finished) return std::move(finished).error().OrIn(staged_.destination());
    written_ = *finished;
    return {};
  }
  Result<uint64_t> Commit() override {
    WL_CHECKED(Finish());
    WL_CHECKED(std::move(staged_).Commit(Durability::kPowerCut));
    return *written_;
  }

 private:
  Status Put(Bytes bytes) {
    total_ += bytes.size();
    ByteSink& sink = gzip_ ? static_cast<ByteSink&>(*gzip_) : *plain_;
    return Placed(sink.Write(bytes));
  }
  // An error of reading, which comes from a thread, has its place already.
  Status Placed(Status status) const {
    if (status) return {};
    return std::move(status).error().OrIn(staged_.destination());
  }

  StagedFile staged_;
  uint64_t mtime_;
  std::unique_ptr<GzipWriter> gzip_;  // one of the two
  std::unique_ptr<ComparedFile> plain_;
  uint64_t size_ = 0;                // of the current file
  uint64_t total_ = 0;               // tar bytes so far
  std::optional<uint64_t> written_;  // bytes of the file, once it is finished
};

}  // namespace

Result<std::unique_ptr<PackageSink>> OpenTarSink(const std::string& path, bool gzip,
                                                 unsigned threads) {
  WL_TRY(StagedFile staged, StagedFile::Create(path));
  return std::unique_ptr<PackageSink>(std::make_unique<TarSink>(std::move(staged), gzip, threads));
}

}  // namespace weighlock
