// Tars through their reader; zips through their directory, in its order.
#include "package/archive_reader.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/checked.h"
#include "base/escape.h"
#include "base/package_path.h"
#include "container/tar/tar_reader.h"
#include "container/zip/zip_content.h"
#include "container/zip/zip_reader.h"
#include "package/unpacked.h"

namespace weighlock {
namespace {

// Counts what goes by.
class CountedStream : public ByteStream {
 public:
  CountedStream(std::unique_ptr<ByteStream> inner, Progress* progress)
      : inner_(std::move(inner)), progress_(progress) {}

  Result<size_t> Read(MutableBytes out) override {
    WL_TRY(const size_t count, inner_->Read(out));
    if (progress_ != nullptr) progress_->Add(count);
    return count;
  }

 private:
  std::unique_ptr<ByteStream> inner_;
  Progress* progress_;
};

class TarArchive : public ArchiveReader {
 public:
  // Of a plain tar members' offsets are places in it; of a .tar.gz `gzip_members` counts.
  TarArchive(std::unique_ptr<ByteStream> stream, GzipMemberCount gzip_members, const Limits& limits)
      : gzip_members_(std::move(gzip_members)),
        stream_(std::move(stream)),
        tar_(*stream_, limits) {}

  Result<std::optional<ArchiveMember>> Next() override {
    WL_TRY(auto member, tar_.Next());
    if (!member) return std::optional<ArchiveMember>();
    const bool is_folder = member->type == TarMember::Type::kDirectory;
    const bool executable = member->executable();
    std::optional<uint64_t> offset;
    if (gzip_members_ == nullptr) offset = member->data_offset;
    return std::optional<ArchiveMember>(
        {std::move(member->path), is_folder, member->size, executable, offset});
  }
  Result<size_t> Read(MutableBytes out) override { return tar_.Read(out); }

  std::vector<std::string> Notes() const override {
    if (gzip_members_ == nullptr || *gzip_members_ < 2) return {};
    return {
        fmt::format("its gzip has {} members behind one another; some readers see only the "
                    "first",
                    gzip_members_->load())};
  }

 private:
  GzipMemberCount gzip_members_;
  std::unique_ptr<ByteStream> stream_;
  TarReader tar_;
};

class ZipArchive : public ArchiveReader {
 public:
  ZipArchive(ByteSource zip, ZipDirectory directory, const Limits& limits, Progress* progress)
      : zip_(std::move(zip)),
        directory_(std::move(directory)),
        limits_(limits),
        distinct_(limits),
        progress_(progress) {}

  Result<std::optional<ArchiveMember>> Next() override {
    WL_CHECKED(FinishMember());
    if (next_ == directory_.members.size()) return std::optional<ArchiveMember>();
    const ZipMember& member = directory_.members[next_++];
    auto known = Know(member);
    if (!known) {
      const Error& error = known.error();
      return Error(error.code(), error.what(), member.local_header_offset);
    }
    content_.reset();
    if (!known->is_folder) {
      WL_TRY(auto content, ZipContent(zip_, member));
      content_ = std::make_unique<CountedStream>(std::move(content), progress_);
    }
    return std::optional<ArchiveMember>(*std::move(known));
  }

  Result<size_t> Read(MutableBytes out) override {
    if (content_ == nullptr) return size_t{0};
    begun_ = true;
    return content_->Read(out);
  }

  std::vector<std::string> Notes() const override { return directory_.notes; }

 private:
  // Of a member that was begun the rest is read, for its checksum. Others cost nothing.
  Status FinishMember() {
    if (!std::exchange(begun_, false)) return {};
    ByteVector block(size_t{256} << 10);
    while (true) {
      WL_TRY(const size_t count, content_->Read(block));
      if (count == 0) return {};
    }
  }

  Result<ArchiveMember> Know(const ZipMember& member) {
    constexpr uint32_t kTypeMask = 0170000, kRegular = 0100000, kDirectory = 0040000;
    WL_TRY(std::string path, NormaliseRead(member.name, limits_));
    const bool is_folder = member.name.ends_with('/');
    const uint32_t type = member.unix_mode & kTypeMask;
    if (type != 0 && type != kRegular && type != kDirectory) {
      return Error(Code::kUnsupported,
                   fmt::format("member {} is {}", Quote(member.name),
                               type == 0120000 ? "a symbolic link" : "no regular file"));
    }
    if (type != 0 && is_folder != (type == kDirectory)) {
      return Error(
          Code::kMalformed,
          fmt::format("member {} is a {} by its mode and a {} by its name", Quote(member.name),
                      is_folder ? "file" : "folder", is_folder ? "folder" : "file"));
    }
    if (is_folder && member.size > 0) {
      return Error(Code::kMalformed, fmt::format("directory {} has {} bytes of content",
                                                 Quote(member.name), member.size));
    }
    WL_CHECKED(distinct_.Add(path, is_folder ? PathSet::Kind::kDirectory : PathSet::Kind::kFile,
                             member.local_header_offset));
    WL_CHECKED(CheckSize(member));
    std::optional<uint64_t> offset;
    if (member.is_stored()) offset = member.payload_offset;
    return ArchiveMember{std::move(path), is_folder, member.size, (member.unix_mode & 0100) != 0,
                         offset};
  }

  Status CheckSize(const ZipMember& member) {
    total_ = CheckedAdd(total_, member.size).value_or(UINT64_MAX);
    if (total_ > MostUnpacked(zip_.size(), limits_)) {
      return Error(
          Code::kLimit,
          fmt::format("member {} of {} bytes takes the archive over {} bytes", Quote(member.name),
                      member.size, MostUnpacked(zip_.size(), limits_)));
    }
    return {};
  }

  ByteSource zip_;
  ZipDirectory directory_;
  Limits limits_;
  PathSet distinct_;
  Progress* progress_;
  size_t next_ = 0;
  uint64_t total_ = 0;                   // bytes of content of the members so far
  std::unique_ptr<ByteStream> content_;  // of the current member, if it is a file
  bool begun_ = false;                   // whether any of it was read
};

}  // namespace

std::unique_ptr<ArchiveReader> OpenTarReader(const ByteSource& archive, const Limits& limits,
                                             Progress* progress) {
  if (progress != nullptr) progress->Expect(archive.size());
  return std::make_unique<TarArchive>(std::make_unique<CountedStream>(StreamOf(archive), progress),
                                      nullptr, limits);
}

std::unique_ptr<ArchiveReader> OpenTarGzReader(const ByteSource& archive, const Limits& limits,
                                               Progress* progress) {
  if (progress != nullptr) progress->Expect(archive.size());
  auto packed = std::make_unique<CountedStream>(StreamOf(archive), progress);
  auto members = std::make_shared<std::atomic<uint64_t>>(0);
  auto content = Unpacked(std::move(packed), archive.size(), limits, members);
  return std::make_unique<TarArchive>(std::move(content), std::move(members), limits);
}

Result<std::unique_ptr<ArchiveReader>> OpenZipReader(const ByteSource& archive,
                                                     const Limits& limits, Progress* progress) {
  WL_TRY(ZipDirectory directory, ReadZipDirectory(archive, limits));
  if (progress != nullptr) {
    for (const ZipMember& member : directory.members) progress->Expect(member.size);
  }
  return std::unique_ptr<ArchiveReader>(
      std::make_unique<ZipArchive>(archive, std::move(directory), limits, progress));
}

Result<std::unique_ptr<ArchiveReader>> OpenArchive(const ByteSource& archive, PackageKind kind,
                                                   const Limits& limits, Progress* progress) {
  switch (kind) {
    case PackageKind::kTar:
      return OpenTarReader(archive, limits, progress);
    case PackageKind::kTarGz:
      return OpenTarGzReader(archive, limits, progress);
    case PackageKind::kZip:
      return OpenZipReader(archive, limits, progress);
    default:
      return Error(Code::kUsage, "wanted a .tar, a .tar.gz or a .zip");
  }
}

}  // namespace weighlock
