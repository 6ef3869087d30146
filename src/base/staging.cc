// Staging with O_TMPFILE and linkat for files, a rename that replaces nothing for folders.
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
#include <string_view>

#include "base/move_journal.h"
#include "base/moves.h"
#include "base/remove_tree.h"
#include "base/staging_name.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;
using staging::Place;

Place Split(const std::string& destination) {
  std::string trimmed = destination;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  const size_t slash = trimmed.rfind('/');
  if (slash == std::string::npos) return {".", trimmed};
  return {slash == 0 ? "/" : trimmed.substr(0, slash), trimmed.substr(slash + 1)};
}

std::string StagingPath(const Place& place) {
  std::random_device random;
  return place.folder + "/" + StagingName(place.name, random());
}

// The journal of what a merge moves (moves.h).
std::string MovesIn(const std::string& staging) {
  return staging + "/moves";
}

Error Taken(const std::string& destination) {
  return Error(Code::kConflict, "there is something of this name, and nothing is ever overwritten",
               kNoOffset, destination);
}

// Some folders may be written and not read, some file systems know no sync of a folder: both have
// done all that they can.
Status SyncFolder(const std::string& folder) {
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.is_open() && ::fsync(handle.fd()) == 0) return {};
  if (errno == EACCES || errno == EINVAL || errno == EOPNOTSUPP) return {};
  return SystemError(errno, "the output stands, but its folder cannot be synced", folder);
}

Error CommitError(const std::string& destination) {
  if (errno == EEXIST || errno == ENOTEMPTY) return Taken(destination);
  return SystemError(errno, "cannot give the output its name", destination);
}

// Moves `from` to a name that must be free.
Status RenameToFreeName(const std::string& from, const std::string& destination, bool folder) {
  errno = RenameNew(AT_FDCWD, from.c_str(), AT_FDCWD, destination.c_str(), folder);
  if (errno != 0) return CommitError(destination);
  return {};
}

// Removes what staged for `place` and whose maker is dead: nobody holds its lock. What such a run
// had moved into `merged` goes back first; kConflict where that cannot be, and then it stays.
Status RemoveStale(const Place& place, const std::string& merged = {}) {
  std::error_code error;
  Status status;
  for (fs::directory_iterator it(place.folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string path = it->path().string();
    if (!IsStagingName(it->path().filename().string(), place.name)) continue;
    const FileHandle handle(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (!handle.is_open() || ::flock(handle.fd(), LOCK_EX | LOCK_NB) != 0) continue;
    struct stat st;
    if (::fstat(handle.fd(), &st) != 0 || st.st_uid != ::geteuid()) continue;  // no run of ours
    if (merged.empty() && HasJournal(MovesIn(path))) continue;  // of a merge, which a merge settles
    Status settled = merged.empty() ? Status() : SettleMoves(path + "/tree", merged, MovesIn(path));
    if (settled) {
      RemoveTree(path);
    } else {
      status = std::move(settled);
    }
  }
  return status;
}

// A file without a name gets one by way of /proc, which some containers do not have.
bool CanNameAFileLater() {
  return ::access("/proc/self/fd", X_OK) == 0;
}

}  // namespace

Status RefuseTaken(const std::string& destination) {
  if (destination.empty()) return Error(Code::kUsage, "the output has no name");
  struct stat st;
  if (::lstat(destination.c_str(), &st) == 0) return Taken(destination);
  if (errno != ENOENT) return SystemError(errno, "cannot look at the destination", destination);
  return {};
}

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
  if (CanNameAFileLater()) {
    staged.file_ = FileHandle(::open(place.folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (staged.file_.is_open()) return staged;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
      return SystemError(errno, "cannot create a file in this folder", place.folder);
    }
  }
  WL_CHECKED(RemoveStale(place));
  staged.temporary_ = StagingPath(place);
  staged.file_ =
      FileHandle(::open(staged.temporary_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
  if (staged.file_.is_open()) {
    // Held while we live, as a folder's; where a file system has no locks, it is left to lie.
    ::flock(staged.file_.fd(), LOCK_EX | LOCK_NB);
    return staged;
  }
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
  std::swap(content_, other.content_);
  std::swap(lock_, other.lock_);
  std::swap(files_, other.files_);
  return *this;
}

StagedFolder::~StagedFolder() {
  // What a merge could not take back is told by its journal: the next run may.
  const bool is_merge = destination_.empty();
  if (path_.empty() || (is_merge && ::access(MovesIn(path_).c_str(), F_OK) == 0)) return;
  content_ = Beneath();  // its descriptors are needed where they have run out
  lock_ = FileHandle();
  RemoveTree(path_);
}

Result<StagedFolder> StagedFolder::CreateAt(const Place& place, unsigned mode) {
  // Between mkdir and the lock another run may take ours for a dead one's.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    StagedFolder staged;
    const std::string path = StagingPath(place);
    if (::mkdir(path.c_str(), mode) != 0) {
      return SystemError(errno, "cannot create a folder in this folder", place.folder);
    }
    staged.path_ = path;
    staged.lock_ = FileHandle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!staged.lock_.is_open() && errno == ENOENT) continue;
    if (!staged.lock_.is_open()) return SystemError(errno, "cannot open a new folder", path);
    // A file system without locks (ENOSYS, ENOLCK) does without: stale folders stay there.
    if (::flock(staged.lock_.fd(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) continue;
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) continue;
    WL_TRY(staged.content_, Beneath::Open(path));
    return staged;
  }
  return Error(Code::kIo, "cannot keep a staging folder: other runs remove it", kNoOffset,
               place.folder);
}

Result<StagedFolder> StagedFolder::Create(const std::string& destination) {
  WL_CHECKED(RefuseTaken(destination));
  const Place place = Split(destination);
  WL_CHECKED(RemoveStale(place));
  WL_TRY(StagedFolder staged, CreateAt(place, 0777));
  // As it was given, for that is how messages name it.
  staged.destination_ = destination;
  while (staged.destination_.size() > 1 && staged.destination_.back() == '/') {
    staged.destination_.pop_back();
  }
  return staged;
}

namespace {

// Whether names can move from one folder to the other: a mount in between forbids it, even where
// both lie on one file system.
bool AreOfOneMount(const std::string& a, const std::string& b) {
  struct statx one, two;
  constexpr unsigned kWanted = STATX_BASIC_STATS | STATX_MNT_ID;
  if (::statx(AT_FDCWD, a.c_str(), 0, kWanted, &one) != 0) return false;
  if (::statx(AT_FDCWD, b.c_str(), 0, kWanted, &two) != 0) return false;
  const bool is_told = (one.stx_mask & two.stx_mask & STATX_MNT_ID) != 0;  // Linux 5.8
  return one.stx_dev_major == two.stx_dev_major && one.stx_dev_minor == two.stx_dev_minor &&
         (!is_told || one.stx_mnt_id == two.stx_mnt_id);
}

}  // namespace

Result<StagedFolder> StagedFolder::CreateFor(const std::string& existing) {
  // Nobody else may reach into what is moved from here to there, or write the list of it.
  constexpr unsigned kOnlyOurs = 0700;
  // By its real name, so that "." and links have a parent that is theirs.
  std::error_code error;
  const fs::path real = fs::canonical(existing, error);
  struct stat folder;
  if (error || ::stat(real.c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode)) {
    return SystemError(error ? error.value() : ENOTDIR, "wanted a folder to merge into", existing);
  }
  const Place beside = Split(real.string());
  const Place inside{real.string(), ""};  // no destination has that name
  WL_CHECKED(RemoveStale(beside, real.string()));
  WL_CHECKED(RemoveStale(inside, real.string()));
  const bool is_beside = real.has_relative_path() && AreOfOneMount(beside.folder, real.string());
  if (is_beside && ::access(beside.folder.c_str(), W_OK) == 0) {
    return CreateAt(beside, kOnlyOurs);
  }
  return CreateAt(inside, kOnlyOurs);
}

// One by one, so that nobody else's files are waited for. False, where they cannot be reached so: a
// deep tree has more folders above one another than there may be descriptors, or letters in a path.
Result<bool> StagedFolder::SyncEach() const {
  std::error_code error;
  for (fs::recursive_directory_iterator it(path_, error), end; !error && it != end;
       it.increment(error)) {
    const FileHandle handle(::open(it->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!handle.is_open() && (errno == EMFILE || errno == ENAMETOOLONG)) return false;
    if (!handle.is_open() || ::fsync(handle.fd()) != 0) {
      const std::string path = it->path().string();
      return SystemError(errno, "cannot sync",
                         destination_.empty() ? path : destination_ + path.substr(path_.size()));
    }
  }
  if (error.value() == EMFILE || error.value() == ENAMETOOLONG) return false;
  if (error) {
    return SystemError(error.value(), "cannot sync", destination_.empty() ? path_ : destination_);
  }
  return true;
}

Status StagedFolder::Sync() const {
  constexpr size_t kFew = 256;
  bool is_done = false;
  if (files_ <= kFew) {
    WL_TRY(is_done, SyncEach());
  }
  if (!is_done && ::syncfs(content_.folder().fd()) != 0) {
    return SystemError(errno, "cannot sync", destination_.empty() ? path_ : destination_);
  }
  return SyncFolder(path_);
}

Status StagedFolder::Commit(Durability durability) && {
  if (durability == Durability::kPowerCut) WL_CHECKED(Sync());
  WL_CHECKED(RenameToFreeName(path_, destination_, /*folder=*/true));
  path_.clear();
  if (durability == Durability::kPowerCut) return SyncFolder(Split(destination_).folder);
  return {};
}

}  // namespace weighlock
