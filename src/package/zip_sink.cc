// A package written as a zip of stored members.
#include <optional>
#include <vector>

#include "base/staging.h"
#include "codec/crc32.h"
#include "container/zip/zip_archive.h"
#include "package/package_sink.h"

namespace weighlock {
namespace {

class ZipSink : public PackageSink {
 public:
  explicit ZipSink(StagedFile staged)
      : staged_(std::move(staged)), dos_time_(DosTime(ModificationTime())) {}

  Status Folder(const std::string& path) override {
    ZipArchiveEntry entry{.path = path, .is_folder = true, .header_offset = position_};
    WL_CHECKED(Put(position_, LocalRecord(entry, dos_time_)));
    position_ += LocalRecordSize(entry);
    entries_.push_back(std::move(entry));
    return {};
  }

  // The header stands before the content and holds its checksum, so it is written behind it.
  Status Begin(const std::string& path, uint64_t size, bool executable) override {
    entries_.push_back(
        {.path = path, .executable = executable, .size = size, .header_offset = position_});
    content_.emplace(staged_.file(), position_ + LocalRecordSize(entries_.back()));
    return {};
  }
  Status Write(Bytes bytes) override {
    entries_.back().crc = Crc32(entries_.back().crc, bytes);
    return content_->Write(bytes).In(staged_.destination());
  }
  Status End() override {
    WL_CHECKED(Put(position_, LocalRecord(entries_.back(), dos_time_)));
    position_ = content_->position();
    return {};
  }
  Result<const FileHandle*> BeginAnywhere(const std::string&, uint64_t) override {
    return static_cast<const FileHandle*>(nullptr);
  }
  Result<uint64_t> Commit() override {
    const ByteVector end = DirectoryRecords(entries_, position_, dos_time_);
    WL_CHECKED(Put(position_, end));
    WL_CHECKED(std::move(staged_).Commit(Durability::kPowerCut));
    return position_ + end.size();
  }

 private:
  Status Put(uint64_t offset, const ByteVector& bytes) {
    return WriteCompared(staged_.file(), offset, bytes, back_).In(staged_.destination());
  }

  StagedFile staged_;
  uint32_t dos_time_;
  std::vector<ZipArchiveEntry> entries_;
  std::optional<ComparedFile> content_;  // of the last entry
  uint64_t position_ = 0;                // behind what is finished
  ByteVector back_;
};

}  // namespace

Result<std::unique_ptr<PackageSink>> OpenZipSink(const std::string& path) {
  WL_TRY(StagedFile staged, StagedFile::Create(path));
  return std::unique_ptr<PackageSink>(std::make_unique<ZipSink>(std::move(staged)));
}

}  // namespace weighlock
