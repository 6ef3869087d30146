// openat2 first; where it is missing, one component at a time.
#include "base/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

namespace weighlock {
namespace {

constexpr int kFolder = O_DIRECTORY | O_CLOEXEC | O_RDONLY;

// Kernels before 5.6 do not know the call, some sandboxes forbid it.
bool NoOpenat2(int error_number) {
  return error_number == ENOSYS || error_number == EPERM || error_number == E2BIG;
}

// A path taken apart by hand. `component` is a buffer, so that nothing is allocated.
int OpenByComponents(int root, const char* relative, int flags, unsigned mode) {
  char component[NAME_MAX + 1];
  int at = root;
  while (true) {
    const char* slash = std::strchr(relative, '/');
    const size_t size = slash == nullptr ? std::strlen(relative) : size_t(slash - relative);
    const bool dots = std::strncmp(relative, "..", 2) == 0 && size == 2;
    if (size == 0 || size > NAME_MAX || dots) {
      if (at != root) ::close(at);
      errno = size > NAME_MAX ? ENAMETOOLONG : EXDEV;
      return -1;
    }
    std::memcpy(component, relative, size);
    component[size] = '\0';
    const int next = slash == nullptr ? ::openat(at, component, flags | O_NOFOLLOW, mode)
                                      : ::openat(at, component, kFolder | O_NOFOLLOW);
    const int error_number = errno;
    if (at != root) ::close(at);
    errno = error_number;
    if (next < 0 || slash == nullptr) return next;
    at = next;
    relative = slash + 1;
  }
}

}  // namespace

int OpenBeneath(int root, const char* relative, int flags, unsigned mode) {
  if (*relative == '\0') relative = ".";
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long opened = ::syscall(SYS_openat2, root, relative, &how, sizeof how);
  if (opened >= 0 || !NoOpenat2(errno)) return static_cast<int>(opened);
  return OpenByComponents(root, relative, flags, mode);
}

int RenameNew(int from_folder, const char* from, int to_folder, const char* to, bool is_folder) {
  if (::renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EPERM) return errno;
  // A file system or kernel without the flag. link and mkdir fail where the name is taken, and a
  // folder may then only replace the empty one that we have just made.
  if (!is_folder) {
    if (::linkat(from_folder, from, to_folder, to, 0) != 0) return errno;
    ::unlinkat(from_folder, from, 0);
    return 0;
  }
  if (::mkdirat(to_folder, to, 0777) != 0) return errno;
  if (::renameat(from_folder, from, to_folder, to) == 0) return 0;
  const int error_number = errno;
  ::unlinkat(to_folder, to, AT_REMOVEDIR);
  return error_number;
}

Result<Beneath> Beneath::Open(const std::string& path) {
  Beneath beneath;
  beneath.root_ = FileHandle(::open(path.c_str(), kFolder));
  if (!beneath.root_.is_open()) return SystemError(errno, "cannot open the folder", path);
  return beneath;
}

// The descriptor of a folder below the root, made if it is not there. It stays ours.
Result<int> Beneath::FolderOf(std::string_view relative) {
  if (relative.empty()) return root_.fd();
  if (last_.is_open() && last_path_ == relative) return last_.fd();
  const std::string path(relative);
  FileHandle folder(OpenBeneath(root_.fd(), path.c_str(), kFolder));
  if (!folder.is_open() && errno == ENOENT) {
    int at = root_.fd();
    for (size_t begin = 0; begin < path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      const std::string component = path.substr(begin, end - begin);
      if (::mkdirat(at, component.c_str(), 0777) != 0 && errno != EEXIST) {
        return SystemError(errno, "cannot make the folder", path);
      }
      FileHandle next(OpenBeneath(at, component.c_str(), kFolder));
      if (!next.is_open()) break;
      folder = std::move(next);
      at = folder.fd();
      begin = end + 1;
    }
  }
  if (!folder.is_open()) {
    const bool taken = errno == ENOTDIR || errno == ELOOP;
    return SystemError(taken ? EEXIST : errno, "cannot open the folder", path);
  }
  last_ = std::move(folder);
  last_path_ = path;
  return last_.fd();
}

Status Beneath::CreateFolder(std::string_view relative) {
  WL_TRY([[maybe_unused]] const int folder, FolderOf(relative));
  return {};
}

Result<FileHandle> Beneath::CreateFile(std::string_view relative, bool executable) {
  const size_t slash = relative.rfind('/');
  const bool at_top = slash == std::string_view::npos;
  WL_TRY(const int folder, FolderOf(at_top ? std::string_view() : relative.substr(0, slash)));
  const std::string name(at_top ? relative : relative.substr(slash + 1));
  FileHandle file(OpenBeneath(folder, name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
                              executable ? 0777 : 0666));
  if (!file.is_open()) return SystemError(errno, "cannot create", relative);
  return file;
}

}  // namespace weighlock
