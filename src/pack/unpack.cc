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
#include "base/package_path.h"
#include "base/placed.h"
#include "base/read_ahead.h"
#include "base/staging.h"
#include "base/staging_name.h"
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

bool HasStagingName(std::string_view path) {
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    if (LooksLikeStagingName(path.substr(0, end))) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

// Members as they are to land. Knows the one folder that all of them must be below, where its name
// is to be left away.
class Landing {
 public:
  explicit Landing(bool strip_top) : strip_top_(strip_top) {}

  // Nothing for the top folder itself.
  Result<std::optional<UnpackedMember>> Place(const ArchiveMember& member) {
    if (!IsUtf8(member.path)) {
      return Error(
          Code::kUnsupported,
          fmt::format("the name {} is not UTF-8, and what it says in letters nobody knows: "
                      "nothing is unpacked under a guess",
                      Quote(member.path)));
    }
    if (HasStagingName(member.path)) {
      return Error(Code::kUnsupported,
                   fmt::format("the name {} is of the form that a stopped run of weighlock leaves, "
                               "and the next run would take it for one",
                               Quote(member.path)));
    }
    UnpackedMember placed{member.path, member.is_folder, member.size, member.executable};
    if (strip_top_ && !placed.path.empty()) {
      const size_t slash = placed.path.find('/');
      const std::string top = placed.path.substr(0, slash);
      if (top_.empty()) top_ = top;
      if (slash == std::string::npos && !placed.is_folder) {
        return Error(
            Code::kUsage,
            fmt::format("--strip-top wants everything below one folder; {} is a file at the "
                        "top",
                        Quote(placed.path)));
      }
      if (top != top_) {
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

// "served/" as "served".
std::string WithoutSlash(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

std::vector<TakenName> Taken(const MergePlan& plan) {
  std::vector<TakenName> taken;
  for (const Collision& collision : plan.collisions) {
    taken.push_back({collision.path, collision.why});
  }
  return taken;
}

class Unpacking {
 public:
  // `merge` is null where the folder is new. Files are staged below `below`, and messages name them
  // as what they become below `folder`.
  Unpacking(StagedFolder& staged, std::string_view below, const std::string& folder,
            MergePlanner* merge, Landing landing, UnpackReport& report)
      : staged_(staged),
        below_(below),
        folder_(folder),
        merge_(merge),
        landing_(std::move(landing)),
        report_(report),
        block_(kReadAheadBlockSize) {}

  Status Take(ArchiveReader& archive, const std::string& name) {
    while (true) {
      WL_TRY(const auto next, archive.Next().In(name));
      if (!next) return {};
      WL_TRY(const auto member, landing_.Place(*next).In(name));
      if (!member) continue;
      report_.members.push_back(*member);
      if (merge_ != nullptr) {
        WL_CHECKED(merge_->Add({member->path, member->is_folder}));
        if (merge_->collides()) continue;  // the rest is for the list of collisions
      }
      if (member->is_folder) {
        Status made = staged_.CreateFolder(below_ + member->path);
        if (!made) return Placed(made.error(), PlaceOf(*member));
      } else {
        WL_CHECKED(TakeFile(archive, name, *member));
      }
    }
  }

 private:
  // Bytes from which on a file is worth calls of its own.
  static constexpr uint64_t kLarge = 1 << 20;

  std::string PlaceOf(const UnpackedMember& member) const { return folder_ + "/" + member.path; }

  Status TakeFile(ArchiveReader& archive, const std::string& name, const UnpackedMember& member) {
    auto created = staged_.CreateFile(below_ + member.path, member.executable);
    if (!created) return Placed(created.error(), PlaceOf(member));
    const FileHandle file = *std::move(created);
    WL_CHECKED(Reserve(file, member));
    for (uint64_t position = 0;;) {
      WL_TRY(const size_t count, archive.Read(block_).In(name));
      if (count == 0) break;
      const Bytes bytes = Bytes(block_).first(count);
      WL_CHECKED(WriteCompared(file, position, bytes, back_).In(PlaceOf(member)));
      if (member.size >= kLarge) StartWriteback(file, position, count);
      position += count;
      report_.bytes += count;
    }
    return {};
  }

  // Room for the file, before a byte of it is written.
  Status Reserve(const FileHandle& file, const UnpackedMember& member) {
    if (member.size < kLarge) return {};
    struct statvfs disk;
    if (::fstatvfs(file.fd(), &disk) == 0) {
      const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
      if (member.size > free) {
        return Error(
            Code::kIo,
            fmt::format("it wants {} bytes, the file system has {} left", member.size, free),
            kNoOffset, PlaceOf(member));
      }
    }
    if (::fallocate(file.fd(), 0, 0, static_cast<off_t>(member.size)) != 0 && errno == ENOSPC) {
      return SystemError(errno, fmt::format("no room for {} bytes", member.size), PlaceOf(member));
    }
    return {};
  }

  StagedFolder& staged_;
  std::string below_, folder_;
  MergePlanner* merge_;
  Landing landing_;
  UnpackReport& report_;
  ByteVector block_, back_;
};

// What the content must take at the least.
Status CheckFreeSpace(const ByteSource& archive, const std::string& staging,
                      const std::string& folder) {
  struct statvfs disk;
  if (::statvfs(staging.c_str(), &disk) != 0) return {};
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (archive.size() <= free) return {};
  return Error(Code::kIo,
               fmt::format("the archive alone has {} bytes, the file system has {} left",
                           archive.size(), free),
               kNoOffset, folder);
}

// A new folder wants a free name, a merge a folder.
Status CheckDestination(const std::string& folder, bool into) {
  if (folder.empty()) return Error(Code::kUsage, "the folder has no name");
  std::error_code ignored;
  const bool is_taken = fs::exists(fs::symlink_status(folder, ignored));
  if (into && is_taken && !fs::is_directory(folder, ignored)) {
    return Error(Code::kConflict, "--into wants a folder, and this is none", kNoOffset, folder);
  }
  if (into || !is_taken) return {};
  return Error(Code::kConflict,
               "there is something of this name, and nothing is ever overwritten (--into puts "
               "files into a folder that is there, where nothing collides)",
               kNoOffset, folder);
}

// What the archive's reader let pass, and names that not every system can have.
void AddNotes(const ArchiveReader& archive, UnpackReport& report) {
  report.notes = archive.Notes();
  for (const UnpackedMember& member : report.members) {
    const std::string_view why = WhyNotPortable(member.path);
    if (!why.empty()) report.notes.push_back(fmt::format("{} {}", Quote(member.path), why));
  }
}

}  // namespace

Result<UnpackReport> PlanUnpack(const std::string& archive, const std::string& folder,
                                const UnpackOptions& options) {
  WL_CHECKED(CheckDestination(folder, options.into));
  UnpackReport report;
  WL_TRY(const OpenedArchive opened, Open(archive, options));
  WL_TRY(const PackageKind kind, KindOf(archive));
  MergePlanner merge(folder);
  Landing landing(options.strip_top);
  ByteVector block(kReadAheadBlockSize);
  while (true) {
    auto next = opened.reader->Next();
    if (!next) return std::move(next).error().In(archive);
    if (!*next) break;
    auto member = landing.Place(**next);
    if (!member) return std::move(member).error().In(archive);
    if (!*member) continue;
    report.bytes += (*member)->size;
    // The checksums of a zip are held against all of it, as when it is unpacked.
    while (kind == PackageKind::kZip && !(*member)->is_folder) {
      WL_TRY(const size_t count, opened.reader->Read(block).In(archive));
      if (count == 0) break;
    }
    if (options.into) WL_CHECKED(merge.Add({(*member)->path, (*member)->is_folder}));
    report.members.push_back(**member);
  }
  report.collisions = Taken(std::move(merge).Finish());
  AddNotes(*opened.reader, report);
  return report;
}

Result<UnpackReport> Unpack(const std::string& archive, const std::string& folder,
                            const UnpackOptions& options) {
  WL_CHECKED(CheckDestination(folder, options.into));
  UnpackReport report;
  WL_TRY(const OpenedArchive opened, Open(archive, options));
  WL_TRY(StagedFolder staged,
         options.into ? StagedFolder::CreateFor(folder) : StagedFolder::Create(folder));
  WL_CHECKED(CheckFreeSpace(opened.file, staged.path(), folder));
  const std::string_view below = options.into ? kMergeTree : "";
  if (options.into) WL_CHECKED(staged.CreateFolder("tree"));
  MergePlanner merge(folder);
  Unpacking unpacking(staged, below, WithoutSlash(folder), options.into ? &merge : nullptr,
                      Landing(options.strip_top), report);
  WL_CHECKED(unpacking.Take(*opened.reader, archive));
  AddNotes(*opened.reader, report);
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
