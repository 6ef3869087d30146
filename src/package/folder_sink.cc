// A package written as a new folder.
#include <optional>

#include "base/placed.h"
#include "base/staging.h"
#include "package/package_sink.h"

namespace weighlock {
namespace {

class FolderSink : public PackageSink {
 public:
  explicit FolderSink(StagedFolder staged) : staged_(std::move(staged)) {}

  Status Folder(const std::string& path) override { return At(staged_.CreateFolder(path), path); }
  Status Begin(const std::string& path, uint64_t size, bool executable) override {
    WL_CHECKED(Create(path, size, executable));
    compared_.emplace(file_);
    return {};
  }
  Status Write(Bytes bytes) override { return At(compared_->Write(bytes), path_); }
  Status End() override {
    compared_.reset();
    file_ = FileHandle();
    return {};
  }
  Result<const FileHandle*> BeginAnywhere(const std::string& path, uint64_t size) override {
    WL_CHECKED(Create(path, size, /*executable=*/false));
    return static_cast<const FileHandle*>(&file_);
  }
  std::string PlaceOf(const std::string& path) const override {
    return staged_.destination() + "/" + path;
  }
  std::string StagedPath() const override { return staged_.path(); }
  Result<uint64_t> Commit() override {
    WL_CHECKED(std::move(staged_).Commit(Durability::kPowerCut));
    return total_;
  }

 private:
  Status Create(const std::string& path, uint64_t size, bool executable) {
    auto created = staged_.CreateFile(path, executable);
    if (!created) return Placed(created.error(), PlaceOf(path));
    file_ = *std::move(created);
    path_ = path;
    total_ += size;
    return {};
  }

  Status At(const Status& status, const std::string& path) const {
    if (status) return {};
    return Placed(status.error(), PlaceOf(path));
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
