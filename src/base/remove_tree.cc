// A folder is emptied by moving the folders in it up to the top, where their turn comes.
#include "base/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>

namespace weighlock {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder OpenFolder(int at, const char* name) {
  const int fd = ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return nullptr;
  Folder folder(::fdopendir(fd));
  if (folder == nullptr) ::close(fd);
  return folder;
}

// Calls `see` with each name in it; how many times it said that the name is gone.
template <typename See>
size_t CountGone(const Folder& folder, const See& see) {
  size_t gone = 0;
  ::rewinddir(folder.get());
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && see(entry->d_name)) ++gone;
  }
  return gone;
}

class Removal {
 public:
  explicit Removal(Folder top) : top_(std::move(top)), top_fd_(::dirfd(top_.get())) {}

  void Run() {
    while (CountGone(top_, [&](const char* name) { return Remove(name); }) > 0) {
    }
  }

 private:
  bool Remove(const char* name) {
    if (::unlinkat(top_fd_, name, 0) == 0) return true;
    if (::unlinkat(top_fd_, name, AT_REMOVEDIR) == 0) return true;
    const Folder folder = OpenFolder(top_fd_, name);
    if (folder == nullptr) return false;
    const int fd = ::dirfd(folder.get());
    const auto take_out = [&](const char* inner) {
      return ::unlinkat(fd, inner, 0) == 0 || MoveUp(fd, inner);
    };
    while (CountGone(folder, take_out) > 0) {
    }
    return ::unlinkat(top_fd_, name, AT_REMOVEDIR) == 0;
  }

  // To the next name that nothing has which a folder cannot replace.
  bool MoveUp(int folder, const char* name) {
    do {
      const std::string free = fmt::format("weighlock-{}", moved_++);
      if (::renameat(folder, name, top_fd_, free.c_str()) == 0) return true;
    } while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
    return false;
  }

  Folder top_;
  int top_fd_;
  uint64_t moved_ = 0;
};

}  // namespace

void RemoveTree(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || ::rmdir(path.c_str()) == 0) return;
  Folder top = OpenFolder(AT_FDCWD, path.c_str());
  if (top == nullptr) return;
  Removal(std::move(top)).Run();
  ::rmdir(path.c_str());
}

}  // namespace weighlock
