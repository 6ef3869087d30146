// Unpack: every member into a staging folder; then, when all is well, to its place.
#include "weighlock/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/escape.h"
#include "base/merge.h"
#include "base/read_ahead.h"
#include "base/staging.h"
#include "pack/verify_sums.h"
#include "package/archive_reader.h"
#include "package/package_reader.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

struct OpenedArchive {
  ByteSource file;
  std::unique_ptr<ArchiveReader> reader;
};

Result<OpenedArchive> Open(const std::string& path, const UnpackOptions& options) {
  WL_TRY(const PackageKind kind, KindOf(path));
  if (kind == PackageKind::kFolder || kind == PackageKind::kFile) {
    return Error(Code::kUsage, "wanted an archive: a .tar.gz, a .tar or a .zip", kNoOffset, path);
  }
  WL_TRY(ByteSource file, ByteSource::OpenFile(path, path));
  auto reader = OpenArchive(file, kind, options.limits, options.progress);
  if (!reader) return std::move(reader).error().In(path);
  return OpenedArchive{std::move(file), *std::move(reader)};
}

// Members as they are to land. Knows the one folder that all of them must be below, where its name
// is to be left away.
class Landing {
 public:
  explicit Landing(bool strip_top) : strip_top_(strip_top) {}

  // Nothing for the top folder itself.
  Result<std::optional<UnpackedMember>> Place(const ArchiveMember& member) {
    UnpackedMember placed{member.path, member.is_folder, member.size, member.executable};
    if (strip_top_ && !placed.path.empty()) {
      const size_t slash = placed.path.find('/');
      const std::string top = placed.path.substr(0, slash);
      if (top_.empty()) top_ = top;
      if (top != top_ || (slash == std::string::npos && !placed.is_folder)) {
        return Error(Code::kUsage,
                     fmt::format("--strip-top wants everything below one folder; there are {} and "
                                 "{}",
                                 Quote(top_), Quote(placed.path)));
      }
      placed.path = slash == std::string::npos ? "" : placed.path.substr(slash + 1);
    }
    if (placed.path.empty()) return std::optional<UnpackedMember>();
    return std::optional<UnpackedMember>(std::move(placed));
  }

 private:
  bool strip_top_;
  std::string top_;
};

std::vector<TakenName> Taken(const MergePlan& plan) {
  std::vector<TakenName> taken;
  for (const Collision& collision : plan.collisions) {
    taken.push_back({collision.path, collision.why});
  }
  return taken;
}

class Unpacking {
 public:
  // `merge` is null where the folder is new. Files are staged below `below`.
  Unpacking(StagedFolder& staged, std::string_view below, MergePlanner* merge, Landing landing,
            UnpackReport& report)
      : staged_(staged),
        below_(below),
        merge_(merge),
        landing_(std::move(landing)),
        report_(report),
        block_(kReadAheadBlockSize) {}

  Status Take(ArchiveReader& archive) {
    while (true) {
      WL_TRY(const auto next, archive.Next());
      if (!next) return {};
      WL_TRY(const auto member, landing_.Place(*next));
      if (!member) continue;
      report_.members.push_back(*member);
      if (merge_ != nullptr) {
        WL_CHECKED(merge_->Add({member->path, member->is_folder}));
        if (merge_->collides()) continue;  // the rest is for the list of collisions
      }
      if (member->is_folder) {
        WL_CHECKED(staged_.CreateFolder(below_ + member->path));
      } else {
        WL_CHECKED(TakeFile(archive, *member));
      }
    }
  }

 private:
  Status TakeFile(ArchiveReader& archive, const UnpackedMember& member) {
    WL_TRY(const FileHandle file, staged_.CreateFile(below_ + member.path, member.executable));
    WL_CHECKED(Reserve(file, member));
    for (uint64_t position = 0;;) {
      WL_TRY(const size_t count, archive.Read(block_));
      if (count == 0) break;
      const Bytes bytes = Bytes(block_).first(count);
      WL_CHECKED(WriteCompared(file, position, bytes, back_).In(member.path));
      StartWriteback(file, position, count);
      position += count;
      report_.bytes += count;
    }
    return {};
  }

  // Room for the file, before a byte of it is written.
  Status Reserve(const FileHandle& file, const UnpackedMember& member) {
    constexpr uint64_t kSmall = 1 << 20;
    if (member.size < kSmall) return {};
    struct statvfs disk;
    if (::fstatvfs(file.fd(), &disk) == 0) {
      const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
      if (member.size > free) {
        return Error(
            Code::kIo,
            fmt::format("it wants {} bytes, the file system has {} left", member.size, free),
            kNoOffset, member.path);
      }
    }
    if (::fallocate(file.fd(), 0, 0, static_cast<off_t>(member.size)) != 0 && errno == ENOSPC) {
      return SystemError(errno, fmt::format("no room for {} bytes", member.size), member.path);
    }
    return {};
  }

  StagedFolder& staged_;
  std::string below_;
  MergePlanner* merge_;
  Landing landing_;
  UnpackReport& report_;
  ByteVector block_, back_;
};

// What the content must take at the least.
Status CheckFreeSpace(const ByteSource& archive, const std::string& staging) {
  struct statvfs disk;
  if (::statvfs(staging.c_str(), &disk) != 0) return {};
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (archive.size() <= free) return {};
  return Error(Code::kIo,
               fmt::format("the archive alone has {} bytes, the file system has {} left",
                           archive.size(), free),
               kNoOffset, staging);
}

Status RefuseFolder(const std::string& folder) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(folder, ignored))) return {};
  return Error(Code::kConflict,
               "there is something of this name, and nothing is ever overwritten (--into puts "
               "files into a folder that is there, where nothing collides)",
               kNoOffset, folder);
}

}  // namespace

Result<UnpackReport> PlanUnpack(const std::string& archive, const std::string& folder,
                                const UnpackOptions& options) {
  if (!options.into) WL_CHECKED(RefuseFolder(folder));
  UnpackReport report;
  WL_TRY(const OpenedArchive opened, Open(archive, options));
  MergePlanner merge(folder);
  Landing landing(options.strip_top);
  while (true) {
    auto next = opened.reader->Next();
    if (!next) return std::move(next).error().In(archive);
    if (!*next) break;
    auto member = landing.Place(**next);
    if (!member) return std::move(member).error().In(archive);
    if (!*member) continue;
    report.bytes += (*member)->size;
    if (options.into) WL_CHECKED(merge.Add({(*member)->path, (*member)->is_folder}));
    report.members.push_back(**member);
  }
  report.collisions = Taken(std::move(merge).Finish());
  return report;
}

Result<UnpackReport> Unpack(const std::string& archive, const std::string& folder,
                            const UnpackOptions& options) {
  if (!options.into) WL_CHECKED(RefuseFolder(folder));
  UnpackReport report;
  WL_TRY(const OpenedArchive opened, Open(archive, options));
  WL_TRY(StagedFolder staged,
         options.into ? StagedFolder::CreateFor(folder) : StagedFolder::Create(folder));
  WL_CHECKED(CheckFreeSpace(opened.file, staged.path()));
  const std::string_view below = options.into ? kMergeTree : "";
  if (options.into) WL_CHECKED(staged.CreateFolder("tree"));
  MergePlanner merge(folder);
  Unpacking unpacking(staged, below, options.into ? &merge : nullptr, Landing(options.strip_top),
                      report);
  Status taken = unpacking.Take(*opened.reader);
  if (!taken) return std::move(taken).error().In(archive);
  const MergePlan plan = std::move(merge).Finish();
  report.collisions = Taken(plan);
  if (!report.collisions.empty()) return report;
  WL_CHECKED(
      VerifySums(options.into ? staged.path() + "/tree" : staged.path(), options.limits, report));
  if (!options.into) {
    WL_CHECKED(std::move(staged).Commit(Durability::kPowerCut));
    return report;
  }
  WL_CHECKED(CommitMerge(staged, folder, plan));
  return report;
}

}  // namespace weighlock
