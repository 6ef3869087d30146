// Device, inode, size and time of change: what an overwriting in place cannot leave alone.
#include "package/unchanged.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

namespace weighlock {
namespace {

// Where the file of an artefact stands.
std::string PlaceOf(const Package& package, size_t artefact) {
  const std::filesystem::path path = package.path;
  const std::string& name = package.artefacts[artefact].path;
  if (package.kind == PackageKind::kFolder) return (path / name).string();
  // Shards lie beside the index that lists them.
  return artefact == 0 ? package.path : (path.parent_path() / name).string();
}

bool IsArchive(PackageKind kind) {
  return kind != PackageKind::kFolder && kind != PackageKind::kFile;
}

}  // namespace

Result<FileIdentity> IdentityOf(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0) return SystemError(errno, "cannot stat", path);
  return FileIdentity{st.st_dev, st.st_ino, static_cast<uint64_t>(st.st_size), st.st_mtim.tv_sec,
                      st.st_mtim.tv_nsec};
}

Status RefuseChanged(const std::string& path, const FileIdentity& before, std::string_view done) {
  auto now = IdentityOf(path);
  if (!now && now.error().code() != Code::kNotFound) return std::move(now).error();
  if (now && *now == before) return {};
  return Error(Code::kMismatch, fmt::format("it changed while it was {}", done));
}

Result<WatchedFile> OpenWatched(const std::string& path) {
  auto before = IdentityOf(path);
  WL_TRY(ByteSource source, ByteSource::OpenFile(path, path));
  if (!before) return std::move(before).error();
  return WatchedFile{std::move(source), path, *before};
}

Status RefuseChanged(const WatchedFile& file, std::string_view done) {
  return RefuseChanged(file.path, file.before, done).In(file.path);
}

Status RefuseChanged(const OpenedPackage& opened, const std::vector<size_t>& artefacts,
                     std::string_view done) {
  const Package& package = opened.package;
  if (IsArchive(package.kind)) {
    return RefuseChanged(package.path, opened.identities[0], done).In(package.path);
  }
  for (const size_t artefact : artefacts) {
    Status same = RefuseChanged(PlaceOf(package, artefact), opened.identities[artefact], done);
    if (!same) return std::move(same).error().OrIn(package.artefacts[artefact].path);
  }
  return {};
}

}  // namespace weighlock
