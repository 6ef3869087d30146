// A package written as a new folder.
#include <optional>

#include "base/staging.h"
#include "package/package_sink.h"

namespace weighlock {
namespace {

class FolderSink : public PackageSink {
 public:
  explicit FolderSink(StagedFolder staged) : staged_(std::move(staged)) {}

  Status Folder(const std::string& path) override { return staged_.CreateFolder(path); }
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
  std::string StagedPath() const override { return staged_.path(); }
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

}  // namespace

Result<std::unique_ptr<PackageSink>> OpenFolderSink(const std::string& path) {
  WL_TRY(StagedFolder staged, StagedFolder::Create(path));
  return std::unique_ptr<PackageSink>(std::make_unique<FolderSink>(std::move(staged)));
}

}  // namespace weighlock
