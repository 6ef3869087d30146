// Folders are walked, archives streamed, single files taken as they are; all end in the same
// examination.
#include "package/package_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/checked.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/package_path.h"
#include "base/read_ahead.h"
#include "base/staging.h"
#include "format/formats.h"
#include "package/archive_reader.h"
#include "package/empty_folders.h"
#include "package/examine.h"
#include "package/hand_over.h"
#include "package/roles.h"
#include "package/unchanged.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

constexpr uint64_t kMostVocabulary = uint64_t{8} << 20;

namespace fs = std::filesystem;

// Files of a folder that stay open. Many systems allow a process 1024, and the output wants some.
constexpr size_t kMostOpenFiles = 200;

Result<ByteSource> OpenArtefact(const OpenedPackage& opened, const std::string& path,
                                const std::string& name) {
  return opened.sources.size() < kMostOpenFiles ? ByteSource::OpenFile(path, name)
                                                : ByteSource::OpenFileAtEachRead(path, name);
}

void Add(OpenedPackage& opened, ByteSource source, const std::string& path, bool executable,
         const Limits& limits) {
  opened.package.artefacts.push_back(Examine(source, path, limits, opened.package.findings));
  opened.package.artefacts.back().executable = executable;
  opened.sources.push_back(std::move(source));
}

bool IsExecutable(const std::string& path) {
  std::error_code ignored;
  return (fs::status(path, ignored).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

// Why an entry of a folder is no artefact.
Finding LeftOut(const fs::directory_entry& entry, const std::string& path) {
  std::error_code ignored;
  if (!entry.is_symlink(ignored)) {
    return {
        Severity::kWarning, path, kNoOffset, "no regular file: it is not part of the package", {}};
  }
  if (entry.exists(ignored)) {
    return {Severity::kWarning,
            path,
            kNoOffset,
            "a link to no file: it is not part of the package",
            {}};
  }
  return {Severity::kError, path, kNoOffset, "a link that leads nowhere", Code::kNotFound};
}

// Takes what has a name that no archive could have, or not beside another's, out of `paths` and
// the package's empty folders; each is a finding. Junk stays where it is, and may be called
// anything.
void LeaveOutOddNames(const Limits& limits, std::vector<std::string>& paths, Package& package) {
  PathSet distinct(limits);
  const auto is_odd = [&](const std::string& path, PathSet::Kind kind) {
    if (RoleOf(path) == Role::kJunk) return false;
    auto plain = NormaliseRead(path, limits);
    Status named = plain ? distinct.Add(path, kind, kNoOffset) : Status(std::move(plain).error());
    if (named) return false;
    package.findings.push_back(
        {Severity::kError, path, kNoOffset, named.error().what(), named.error().code()});
    return true;
  };
  std::erase_if(paths, [&](const auto& path) { return is_odd(path, PathSet::Kind::kFile); });
  std::erase_if(package.empty_folders,
                [&](const auto& path) { return is_odd(path, PathSet::Kind::kDirectory); });
}

// Regular files below `root`, as paths relative to it, in byte order. Links to files count as what
// they point to (a hub cache's snapshot is nothing else); links to folders are not followed. Names
// keep to the rules that those of archives keep to.
Result<std::vector<std::string>> ListFolder(const std::string& root, const Limits& limits,
                                            OddNames odd_names, Package& package) {
  std::vector<std::string> paths;
  uint64_t entries = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (++entries > limits.members) {
      return Error(Code::kLimit, fmt::format("more than {} files and folders", limits.members),
                   kNoOffset, root);
    }
    const std::string path = it->path().lexically_relative(root).string();
    std::error_code broken;
    if (it->is_directory(broken) && !it->is_symlink(broken)) {
      const bool empty = fs::is_empty(it->path(), broken);
      if (broken) return SystemError(broken.value(), "cannot list the folder", it->path().string());
      if (empty) package.empty_folders.push_back(path);
    } else if (it->is_regular_file(broken)) {
      paths.push_back(path);
    } else {
      package.findings.push_back(LeftOut(*it, path));
    }
  }
  if (error) return SystemError(error.value(), "cannot list the folder", root);
  std::sort(paths.begin(), paths.end());
  std::sort(package.empty_folders.begin(), package.empty_folders.end());
  const size_t findings = package.findings.size();
  LeaveOutOddNames(limits, paths, package);
  if (odd_names == OddNames::kAreErrors && package.findings.size() > findings) {
    const Finding& first = package.findings[findings];
    return Error(first.code.value_or(Code::kMalformed), first.text, kNoOffset, root);
  }
  return paths;
}

Status ReadFolder(OpenedPackage& opened, const Limits& limits, OddNames odd_names) {
  const std::string& root = opened.package.path;
  WL_TRY(const auto paths, ListFolder(root, limits, odd_names, opened.package));
  opened.package.artefacts.reserve(paths.size());
  opened.sources.reserve(paths.size());
  opened.identities.reserve(paths.size());
  for (const std::string& path : paths) {
    const std::string file = (fs::path(root) / path).string();
    auto identity = IdentityOf(file);
    auto source = OpenArtefact(opened, file, path);
    if (source && !identity) source = std::move(identity).error();
    if (source) {
      opened.identities.push_back(*identity);
      Add(opened, *std::move(source), path, IsExecutable(file), limits);
      std::error_code ignored;
      opened.package.artefacts.back().linked = fs::is_symlink(file, ignored);
    } else {
      opened.package.findings.push_back(
          {Severity::kError, path, kNoOffset, source.error().what(), source.error().code()});
    }
  }
  return {};
}

// A single file; with an index come the shards that it lists and that are there.
Status ReadFileAndShards(OpenedPackage& opened, ByteSource file, const Limits& limits) {
  const fs::path path = opened.package.path;
  const std::string name = path.filename().string();
  std::vector<std::string> shards;
  if (IsIndexName(name)) {
    auto listed = ShardsOf(file, limits);
    if (listed) shards = *std::move(listed);  // else the examination says what is wrong with it
  }
  Add(opened, std::move(file), name, /*executable=*/false, limits);
  for (const std::string& shard : shards) {
    const std::string place = (path.parent_path() / shard).string();
    auto identity = IdentityOf(place);
    auto source = OpenArtefact(opened, place, shard);
    if (source && !identity) source = std::move(identity).error();
    if (source) {
      opened.identities.push_back(*identity);
      Add(opened, *std::move(source), shard, /*executable=*/false, limits);
    } else if (source.error().code() != Code::kNotFound) {
      return std::move(source).error();
    }
  }
  return {};
}

// Takes a member's content through what inspection needs of it.
Result<ByteSource> Capture(ArchiveReader& archive, const ArchiveMember& member,
                           const Limits& limits) {
  StreamCapture capture(member.path, member.size, limits);
  ByteVector buffer(kReadAheadBlockSize);
  while (true) {
    WL_TRY(const size_t count, archive.Read(buffer));
    if (count == 0) return std::move(capture).Finish();
    WL_CHECKED(capture.Write(Bytes(buffer).first(count)));
  }
}

void NoteFolders(std::vector<std::string> folders, Package& package) {
  std::vector<std::string> files;
  for (const Artefact& artefact : package.artefacts) files.push_back(artefact.path);
  package.empty_folders = EmptyFolders(std::move(folders), std::move(files));
}

// Members that lie in the archive as they are (a plain tar's, a zip's stored ones) are parts of the
// file, and all of their bytes stay in reach. Of others only what inspection needed is held.
Status ReadArchive(OpenedPackage& opened, const ByteSource& file, const Limits& limits,
                   Progress* progress, Hold hold) {
  WL_TRY(const auto archive, OpenArchive(file, opened.package.kind, limits, progress));
  uint64_t held_bytes = 0;
  std::vector<std::string> folders;
  while (true) {
    WL_TRY(const auto member, archive->Next());
    if (!member) break;
    if (member->is_folder) {
      folders.push_back(member->path);
      continue;
    }
    if (member->data_offset) {
      if (!FitsIn(*member->data_offset, member->size, file.size())) continue;  // Next() says so
      Add(opened, file.Slice(*member->data_offset, member->size, member->path), member->path,
          member->executable, limits);
      continue;
    }
    WL_TRY(ByteSource held, Capture(*archive, *member, limits));
    Add(opened, std::move(held), member->path, member->executable, limits);
    // Whoever asks for descriptions may ask for secrets, too.
    WL_TRY(const std::string token,
           hold == Hold::kNothing
               ? Result<std::string>(std::string())
               : TokenIn(opened.package.artefacts.back(), opened.sources.back()));
    if (!token.empty() && member->size <= limits.json_bytes - held_bytes) {
      held_bytes += member->size;
      continue;
    }
    WL_TRY(opened.sources.back(), KeepForWeightSets(std::move(opened.sources.back()), member->path,
                                                    limits, held_bytes, hold));
  }
  NoteFolders(std::move(folders), opened.package);
  return {};
}

// The content of packed members, one behind the other in a file without a name.
class Spool {
 public:
  explicit Spool(std::string beside) : beside_(std::move(beside)) {}

  // The rest of the current member. Returns where it begins.
  Result<uint64_t> Take(ArchiveReader& archive) {
    if (!staged_) {
      // Never committed: it has no name, or loses its temporary one.
      WL_TRY(StagedFile staged, StagedFile::Create(beside_));
      staged_.emplace(std::move(staged));
      block_.resize(kReadAheadBlockSize);
    }
    const uint64_t begin = position_;
    while (true) {
      WL_TRY(const size_t count, archive.Read(block_));
      if (count == 0) return begin;
      WL_CHECKED(WriteExactly(staged_->file(), position_, Bytes(block_).first(count)).In(beside_));
      position_ += count;
    }
  }

  Result<ByteSource> Finish(const std::string& name) && {
    if (!staged_) return ByteSource::FromMemory({}, name);
    return ByteSource::TakeFile(staged_->TakeFile(), name);
  }

 private:
  std::string beside_;
  std::optional<StagedFile> staged_;
  ByteVector block_;
  uint64_t position_ = 0;
};

// As ReadArchive, with all bytes in reach.
Status ReadArchiveWhole(OpenedPackage& opened, const ByteSource& file, Spool spool,
                        const Limits& limits, Progress* progress) {
  struct Place {
    ArchiveMember member;
    uint64_t spooled_at;
  };
  std::vector<Place> places;
  std::vector<std::string> folders;
  WL_TRY(const auto archive, OpenArchive(file, opened.package.kind, limits, progress));
  while (true) {
    WL_TRY(const auto member, archive->Next());
    if (!member) break;
    if (member->is_folder) {
      folders.push_back(member->path);
      continue;
    }
    places.push_back({*member, 0});
    if (!member->data_offset) {
      WL_TRY(places.back().spooled_at, spool.Take(*archive));
    }
  }
  WL_TRY(const ByteSource unpacked, std::move(spool).Finish(opened.package.path));
  for (const auto& [member, spooled_at] : places) {
    const ByteSource& whole = member.data_offset ? file : unpacked;
    Add(opened, whole.Slice(member.data_offset.value_or(spooled_at), member.size, member.path),
        member.path, member.executable, limits);
  }
  NoteFolders(std::move(folders), opened.package);
  return {};
}

// What every kind ends with.
Result<OpenedPackage> Complete(OpenedPackage opened, const Limits& limits) {
  // A read that was stopped may have become a finding.
  if (Interrupted()) return Error(Code::kInterrupted, "stopped while reading", kNoOffset);
  FindWeightSets(opened.package, opened.sources, limits);
  return opened;
}

}  // namespace

bool IsPlatformFile(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return path.ends_with("MAR-INF/MANIFEST.json") || name == "MLmodel" || name == "config.pbtxt" ||
         path == "code/requirements.txt" || path == "code/inference.py";
}

Result<ByteSource> KeepForWeightSets(ByteSource source, const std::string& path,
                                     const Limits& limits, uint64_t& held_bytes, Hold hold) {
  const Role role = RoleOutsideCheckpoint(path);
  const bool is_card = path.substr(path.rfind('/') + 1) == "README.md";
  const bool is_json =
      path.ends_with(".json") && (role == Role::kConfig || role == Role::kTokenizer);
  // A vocabulary of another form is held where it is as small as they are.
  const bool is_vocabulary = role == Role::kTokenizer && source.size() <= kMostVocabulary;
  const bool describes = is_json || is_vocabulary || IsPlatformFile(path) || is_card;
  if (!IsIndexName(path) && !(hold == Hold::kDescriptions && describes))
    return ByteSource::Sparse(source.size(), {}, {}, source.name());
  held_bytes += std::min(source.size(), limits.json_bytes);
  if (held_bytes <= limits.json_bytes) return source;
  return Error(Code::kLimit, fmt::format("its indexes and descriptions have more than {} bytes",
                                         limits.json_bytes));
}

Result<PackageKind> KindOf(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0) return SystemError(errno, "cannot open", path);
  if (S_ISDIR(st.st_mode)) return PackageKind::kFolder;
  WL_TRY(const ByteSource source, ByteSource::OpenFile(path, path));
  auto head = source.Head(kHeadSize);
  if (!head) return std::move(head).error().In(path);
  switch (Recognise(*head, source.size())) {
    case Format::kGzip:
      return PackageKind::kTarGz;
    case Format::kTar:
      return PackageKind::kTar;
    case Format::kZip:
      return PackageKind::kZip;
    default:
      break;
  }
  // A tar of nothing is all zeros, and only its name says what it is.
  const bool is_zeros = !head->empty() && std::all_of(head->begin(), head->end(), [](std::byte b) {
    return b == std::byte{0};
  });
  if (is_zeros && path.ends_with(".tar")) return PackageKind::kTar;
  for (const char* ending : {".tar", ".tar.gz", ".tgz", ".zip"}) {
    // checkpoint.pth.tar, as torch's own examples call it, is rarely one.
    if (!path.ends_with(ending) || IsPickled(Recognise(*head, source.size()))) continue;
    return Error(Code::kMalformed,
                 fmt::format("its name says {}, its bytes are {}", ending,
                             FormatName(Recognise(*head, source.size()))),
                 kNoOffset, path);
  }
  return PackageKind::kFile;
}

Result<OpenedPackage> OpenPackage(const std::string& path, const Limits& limits, Progress* progress,
                                  Hold hold, OddNames odd_names) {
  WL_TRY(const PackageKind kind, KindOf(path));
  OpenedPackage opened;
  opened.package.path = path;
  opened.package.kind = kind;
  if (kind == PackageKind::kFolder) {
    WL_CHECKED(ReadFolder(opened, limits, odd_names));
  } else {
    WL_TRY(WatchedFile watched, OpenWatched(path));
    opened.identities.push_back(watched.before);
    ByteSource file = std::move(watched.source);
    if (kind == PackageKind::kFile) {
      WL_CHECKED(ReadFileAndShards(opened, std::move(file), limits));
    } else {
      Status status = ReadArchive(opened, file, limits, progress, hold);
      if (!status) return std::move(status).error().In(path);
    }
  }
  return Complete(std::move(opened), limits);
}

Result<OpenedPackage> OpenWhole(const std::string& path, const std::string& beside,
                                const Limits& limits, Progress* progress) {
  WL_TRY(const PackageKind kind, KindOf(path));
  if (kind != PackageKind::kTarGz && kind != PackageKind::kZip) {
    return OpenPackage(path, limits, progress);
  }
  OpenedPackage opened;
  opened.package.path = path;
  opened.package.kind = kind;
  WL_TRY(const WatchedFile file, OpenWatched(path));
  opened.identities.push_back(file.before);
  Status status = ReadArchiveWhole(opened, file.source, Spool(beside), limits, progress);
  if (!status) return std::move(status).error().In(path);
  return Complete(std::move(opened), limits);
}

Result<Package> Inspect(const std::string& path, const Limits& limits, Progress* progress) {
  WL_TRY(OpenedPackage opened,
         OpenPackage(path, limits, progress, Hold::kNothing, OddNames::kAreFindings));
  return std::move(opened.package);
}

}  // namespace weighlock
