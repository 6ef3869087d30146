// Folders are walked, archives streamed, single files taken as they are; all end in the same
// examination.
#include "package/package_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/checked.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/package_path.h"
#include "base/read_ahead.h"
#include "container/tar/tar_reader.h"
#include "format/formats.h"
#include "package/examine.h"
#include "package/unpacked.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

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
    return {Severity::kWarning, path, kNoOffset, "no regular file; it was left out", {}};
  }
  if (entry.exists(ignored)) {
    return {Severity::kWarning, path, kNoOffset, "a link to no file; it was left out", {}};
  }
  return {Severity::kError, path, kNoOffset, "a link that leads nowhere", Code::kNotFound};
}

// Regular files below `root`, as paths relative to it, in byte order. Links to files count as what
// they point to (a hub cache's snapshot is nothing else); links to folders are not followed. Names
// keep to the rules that those of archives keep to.
Result<std::vector<std::string>> ListFolder(const std::string& root, const Limits& limits,
                                            std::vector<Finding>& findings) {
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
    if (it->is_directory(broken) && !it->is_symlink(broken)) continue;
    if (it->is_regular_file(broken)) {
      paths.push_back(path);
    } else {
      findings.push_back(LeftOut(*it, path));
    }
  }
  if (error) return SystemError(error.value(), "cannot list the folder", root);
  std::sort(paths.begin(), paths.end());
  PathSet distinct(limits);
  for (const std::string& path : paths) {
    Status named;
    if (auto plain = NormalisePath(path, limits); !plain) {
      named = std::move(plain).error();
    } else {
      named = distinct.Add(path, PathSet::Kind::kFile, kNoOffset);
    }
    if (!named) return Error(named.error().code(), named.error().what(), kNoOffset, root);
  }
  return paths;
}

Status ReadFolder(OpenedPackage& opened, const Limits& limits) {
  const std::string& root = opened.package.path;
  WL_TRY(const auto paths, ListFolder(root, limits, opened.package.findings));
  for (const std::string& path : paths) {
    const std::string file = (fs::path(root) / path).string();
    auto source = OpenArtefact(opened, file, path);
    if (source) {
      Add(opened, *std::move(source), path, IsExecutable(file), limits);
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
    auto source = OpenArtefact(opened, (path.parent_path() / shard).string(), shard);
    if (source) {
      Add(opened, *std::move(source), shard, /*executable=*/false, limits);
    } else if (source.error().code() != Code::kNotFound) {
      return std::move(source).error();
    }
  }
  return {};
}

// A plain tar: members are parts of the file, and all of their bytes stay in reach.
Status ReadTar(OpenedPackage& opened, const ByteSource& file, const Limits& limits) {
  const auto stream = StreamOf(file);
  TarReader tar(*stream, limits);
  while (true) {
    WL_TRY(const auto member, tar.Next());
    if (!member) return {};
    if (member->type != TarMember::Type::kFile) continue;
    if (!FitsIn(member->data_offset, member->size, file.size())) continue;  // Next() says so
    Add(opened, file.Slice(member->data_offset, member->size, member->path), member->path,
        member->executable(), limits);
  }
}

Status ReadTarGz(OpenedPackage& opened, const ByteSource& file, const Limits& limits) {
  const auto stream = UnpackedContent(file, limits);
  TarReader tar(*stream, limits);
  uint64_t held_bytes = 0;
  ByteVector buffer(kReadAheadBlockSize);
  while (true) {
    WL_TRY(const auto member, tar.Next());
    if (!member) return {};
    if (member->type != TarMember::Type::kFile) continue;
    StreamCapture capture(member->path, member->size, limits);
    while (true) {
      WL_TRY(const size_t count, tar.Read(buffer));
      if (count == 0) break;
      WL_CHECKED(capture.Write(Bytes(buffer).first(count)));
    }
    Add(opened, std::move(capture).Finish(), member->path, member->executable(), limits);
    WL_TRY(opened.sources.back(),
           KeepForWeightSets(std::move(opened.sources.back()), member->path, limits, held_bytes));
  }
}

// What every kind ends with.
Result<OpenedPackage> Complete(OpenedPackage opened, const Limits& limits) {
  // A read that was stopped may have become a finding.
  if (Interrupted()) return Error(Code::kInterrupted, "stopped while reading", kNoOffset);
  FindWeightSets(opened.package, opened.sources, limits);
  return opened;
}

}  // namespace

Result<ByteSource> KeepForWeightSets(ByteSource source, const std::string& path,
                                     const Limits& limits, uint64_t& held_bytes) {
  if (!IsIndexName(path)) return ByteSource::Sparse(source.size(), {}, {}, source.name());
  held_bytes += std::min(source.size(), limits.json_bytes);
  if (held_bytes <= limits.json_bytes) return source;
  return Error(Code::kLimit,
               fmt::format("its indexes of shards have more than {} bytes", limits.json_bytes));
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
    default:
      break;
  }
  for (const char* ending : {".tar", ".tar.gz", ".tgz"}) {
    // checkpoint.pth.tar, as torch's own examples call it, is rarely one.
    if (!path.ends_with(ending) || IsPickled(Recognise(*head, source.size()))) continue;
    return Error(Code::kMalformed,
                 fmt::format("its name says {}, its bytes are {}", ending,
                             FormatName(Recognise(*head, source.size()))),
                 kNoOffset, path);
  }
  return PackageKind::kFile;
}

Result<OpenedPackage> OpenPackage(const std::string& path, const Limits& limits) {
  WL_TRY(const PackageKind kind, KindOf(path));
  OpenedPackage opened;
  opened.package.path = path;
  opened.package.kind = kind;
  if (kind == PackageKind::kFolder) {
    WL_CHECKED(ReadFolder(opened, limits));
  } else {
    WL_TRY(ByteSource file, ByteSource::OpenFile(path, path));
    if (kind == PackageKind::kFile) {
      WL_CHECKED(ReadFileAndShards(opened, std::move(file), limits));
    } else {
      Status status = kind == PackageKind::kTar ? ReadTar(opened, file, limits)
                                                : ReadTarGz(opened, file, limits);
      if (!status) return std::move(status).error().In(path);
    }
  }
  return Complete(std::move(opened), limits);
}

Result<OpenedPackage> OpenTar(const ByteSource& file, const std::string& path,
                              const Limits& limits) {
  OpenedPackage opened;
  opened.package.path = path;
  opened.package.kind = PackageKind::kTar;
  Status status = ReadTar(opened, file, limits);
  if (!status) return std::move(status).error().In(path);
  return Complete(std::move(opened), limits);
}

Result<Package> Inspect(const std::string& path, const Limits& limits) {
  WL_TRY(OpenedPackage opened, OpenPackage(path, limits));
  return std::move(opened.package);
}

}  // namespace weighlock
