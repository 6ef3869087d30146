// Unpack: every member into a staging folder; then, when all is well, to its place.
#include "weighlock/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include "base/escape.h"
#include "base/merge.h"
#include "base/read_ahead.h"
#include "base/staging.h"
#include "base/threads.h"
#include "pack/manifest.h"
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

UnpackedMember Known(const ArchiveMember& member) {
  return {member.path, member.is_folder, member.size, member.executable};
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
  // `merge` is null where the folder is new. Files are staged below `below`.
  Unpacking(StagedFolder& staged, std::string_view below, MergePlanner* merge, UnpackReport& report)
      : staged_(staged),
        below_(below),
        merge_(merge),
        report_(report),
        block_(kReadAheadBlockSize) {}

  Status Take(ArchiveReader& archive) {
    while (true) {
      WL_TRY(const auto member, archive.Next());
      if (!member) return {};
      if (member->path.empty()) continue;  // the top folder
      report_.members.push_back(Known(*member));
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
  Status TakeFile(ArchiveReader& archive, const ArchiveMember& member) {
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
  Status Reserve(const FileHandle& file, const ArchiveMember& member) {
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
  UnpackReport& report_;
  ByteVector block_, back_;
};

// Holds every file that a SHA256SUMS lists against its digest, as it now lies on the disk.
Status VerifySums(const std::string& tree, const Limits& limits, UnpackReport& report) {
  const auto listed =
      std::find_if(report.members.begin(), report.members.end(),
                   [](const UnpackedMember& m) { return m.path == kSumsName && !m.is_folder; });
  if (listed == report.members.end()) return {};
  const std::string name(kSumsName);
  WL_TRY(const ByteSource file, ByteSource::OpenFile(tree + "/" + name, name));
  if (file.size() > limits.json_bytes)
    return Error(Code::kLimit, "it is too long", kNoOffset, name);
  WL_TRY(const ByteVector text, file.Read(0, file.size()));
  WL_TRY(const auto sums, Result<std::vector<Sum>>(ReadSums(AsText(text), limits)).In(name));
  std::vector<ByteSource> sources;
  std::map<std::string_view, bool> vouched;
  for (const Sum& sum : sums) {
    auto source = ByteSource::OpenFileAtEachRead(tree + "/" + sum.path, sum.path);
    if (!source) {
      return Error(Code::kMismatch,
                   fmt::format("it lists {}, which is not in the archive", Quote(sum.path)),
                   kNoOffset, name);
    }
    sources.push_back(*std::move(source));
    vouched[sum.path] = true;
  }
  WL_TRY(const auto digests, DigestsOf(sources, ThreadCount(0), nullptr));
  for (size_t i = 0; i < sums.size(); ++i) {
    if (digests[i] == sums[i].sha256) continue;
    return Error(Code::kMismatch,
                 fmt::format("its SHA-256 is {}, {} says {}", digests[i], name, sums[i].sha256),
                 kNoOffset, sums[i].path);
  }
  report.verified = sums.size();
  for (const UnpackedMember& member : report.members) {
    if (member.is_folder || member.path == kSumsName || vouched.contains(member.path)) continue;
    report.notes.push_back(fmt::format("{} is not listed in {}", Escape(member.path), name));
  }
  return {};
}

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
  while (true) {
    auto member = opened.reader->Next();
    if (!member) return std::move(member).error().In(archive);
    if (!*member) break;
    if ((*member)->path.empty()) continue;
    report.members.push_back(Known(**member));
    report.bytes += (*member)->size;
    if (options.into) WL_CHECKED(merge.Add({(*member)->path, (*member)->is_folder}));
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
  Unpacking unpacking(staged, below, options.into ? &merge : nullptr, report);
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
