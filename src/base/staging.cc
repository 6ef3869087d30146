// Staging with O_TMPFILE and linkat for files, renameat2(RENAME_NOREPLACE) for folders, and
// fall-backs with the same promise where a file system knows neither.
#include "base/staging.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>

namespace weighlock {
namespace {

namespace fs = std::filesystem;

struct Place {
  std::string folder;  // "." where the destination has none
  std::string name;
};

Place Split(const std::string& destination) {
  std::string trimmed = destination;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  const size_t slash = trimmed.rfind('/');
  if (slash == std::string::npos) return {".", trimmed};
  return {slash == 0 ? "/" : trimmed.substr(0, slash), trimmed.substr(slash + 1)};
}

std::string StagingPrefix(const Place& place) {
  return fmt::format(".{}.weighlock-", place.name);
}

std::string StagingPath(const Place& place) {
  std::random_device random;
  return fmt::format("{}/{}{:08x}", place.folder, StagingPrefix(place), random());
}

Error Taken(const std::string& destination) {
  return Error(Code::kConflict, "there is something of this name, and nothing is ever overwritten",
               kNoOffset, destination);
}

Status RefuseTaken(const std::string& destination) {
  struct stat st;
  if (::lstat(destination.c_str(), &st) == 0) return Taken(destination);
  if (errno != ENOENT) return SystemError(errno, "cannot look at the destination", destination);
  return {};
}

Status SyncFolder(const std::string& folder) {
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.is_open() || ::fsync(handle.fd()) != 0) {
    return SystemError(errno, "cannot sync the folder", folder);
  }
  return {};
}

Error CommitError(const std::string& destination) {
  if (errno == EEXIST || errno == ENOTEMPTY) return Taken(destination);
  return SystemError(errno, "cannot give the output its name", destination);
}

// Moves `from` to a name that must be free.
Status RenameToFreeName(const std::string& from, const std::string& destination, bool folder) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, destination.c_str(), RENAME_NOREPLACE) == 0) {
    return {};
  }
  if (errno != EINVAL && errno != ENOSYS && errno != EPERM) return CommitError(destination);
  // A file system or kernel without the flag. link and mkdir fail where the name is taken, and a
  // folder may then only replace the empty one that we have just made.
  if (folder) {
    if (::mkdir(destination.c_str(), 0777) != 0) return CommitError(destination);
    if (::rename(from.c_str(), destination.c_str()) != 0) {
      const int error_number = errno;
      ::rmdir(destination.c_str());
      errno = error_number;
      return CommitError(destination);
    }
    return {};
  }
  if (::link(from.c_str(), destination.c_str()) != 0) return CommitError(destination);
  ::unlink(from.c_str());
  return {};
}

// Removes staging folders of `place` whose maker is dead: nobody holds their lock.
void RemoveStale(const Place& place) {
  std::error_code ignored;
  const std::string prefix = StagingPrefix(place);
  for (const fs::directory_entry& entry : fs::directory_iterator(place.folder, ignored)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const FileHandle handle(
        ::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!handle.is_open() || ::flock(handle.fd(), LOCK_EX | LOCK_NB) != 0) continue;
    fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

StagedFile::StagedFile(StagedFile&& other) noexcept {
  *this = std::move(other);
}

StagedFile& StagedFile::operator=(StagedFile&& other) noexcept {
  std::swap(destination_, other.destination_);
  std::swap(temporary_, other.temporary_);
  std::swap(file_, other.file_);
  return *this;
}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<StagedFile> StagedFile::Create(const std::string& destination) {
  WL_CHECKED(RefuseTaken(destination));
  const Place place = Split(destination);
  StagedFile staged;
  staged.destination_ = destination;
  staged.file_ = FileHandle(::open(place.folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (staged.file_.is_open()) return staged;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    return SystemError(errno, "cannot create a file in this folder", place.folder);
  }
  staged.temporary_ = StagingPath(place);
  staged.file_ =
      FileHandle(::open(staged.temporary_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
  if (staged.file_.is_open()) return staged;
  const int error_number = errno;
  staged.temporary_.clear();
  return SystemError(error_number, "cannot create a file in this folder", place.folder);
}

Status StagedFile::Commit(Durability durability) && {
  if (durability == Durability::kPowerCut && ::fdatasync(file_.fd()) != 0) {
    return SystemError(errno, "cannot sync the output", destination_);
  }
  if (temporary_.empty()) {
    const std::string link = fmt::format("/proc/self/fd/{}", file_.fd());
    if (::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, destination_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return CommitError(destination_);
    }
  } else {
    WL_CHECKED(RenameToFreeName(temporary_, destination_, /*folder=*/false));
    temporary_.clear();
  }
  if (durability == Durability::kPowerCut) return SyncFolder(Split(destination_).folder);
  return {};
}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept {
  *this = std::move(other);
}

StagedFolder& StagedFolder::operator=(StagedFolder&& other) noexcept {
  std::swap(destination_, other.destination_);
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

StagedFolder::~StagedFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<StagedFolder> StagedFolder::Create(const std::string& destination) {
  WL_CHECKED(RefuseTaken(destination));
  const Place place = Split(destination);
  RemoveStale(place);
  StagedFolder staged;
  staged.destination_ = destination;
  while (staged.destination_.size() > 1 && staged.destination_.back() == '/') {
    staged.destination_.pop_back();
  }
  const std::string path = StagingPath(place);
  if (::mkdir(path.c_str(), 0777) != 0) {
    return SystemError(errno, "cannot create a folder in this folder", place.folder);
  }
  staged.path_ = path;
  staged.lock_ = FileHandle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!staged.lock_.is_open() || ::flock(staged.lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
    return SystemError(errno, "cannot lock the staging folder", path);
  }
  return staged;
}

Result<FileHandle> StagedFolder::CreateFile(const std::string& relative) {
  const fs::path path = fs::path(path_) / relative;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return SystemError(error.value(), "cannot create the folder of", relative);
  FileHandle file(::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file.is_open()) return SystemError(errno, "cannot create", relative);
  return file;
}

Status StagedFolder::Commit(Durability durability) && {
  if (durability == Durability::kPowerCut) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(path_, error)) {
      const FileHandle handle(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      if (!handle.is_open() || ::fsync(handle.fd()) != 0) {
        return SystemError(errno, "cannot sync", entry.path().string());
      }
    }
    if (error) return SystemError(error.value(), "cannot sync", path_);
    WL_CHECKED(SyncFolder(path_));
  }
  WL_CHECKED(RenameToFreeName(path_, destination_, /*folder=*/true));
  path_.clear();
  if (durability == Durability::kPowerCut) return SyncFolder(Split(destination_).folder);
  return {};
}

}  // namespace weighlock
