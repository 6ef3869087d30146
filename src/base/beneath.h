// Files and folders made below one open folder, by paths that the kernel itself keeps inside it.
//
// Names are resolved from the folder's descriptor with openat2(RESOLVE_BENEATH |
// RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS), or, where the kernel or a sandbox has no openat2,
// component by component without following a link. So neither a "..", nor a link that somebody puts
// in the way while we work, leads a write elsewhere. Nothing is ever opened that was there before.
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "weighlock/result.h"

namespace weighlock {

class Beneath {
 public:
  Beneath() = default;
  // The folder at `path`, which may be reached through links.
  static Result<Beneath> Open(const std::string& path);

  const FileHandle& folder() const WL_LIFETIME_BOUND { return root_; }

  // Makes `relative` (plain components between single slashes, as NormalisePath gives them) and
  // the folders above it, where they are not there. kConflict: something else is in the way.
  Status CreateFolder(std::string_view relative);

  // Makes a new file, open for reading and writing, and the folders above it. kConflict where
  // something has its name. Modes are 0666 and 0777, less the process's umask.
  Result<FileHandle> CreateFile(std::string_view relative, bool executable);

 private:
  Result<int> FolderOf(std::string_view relative);

  FileHandle root_;
  // The folder that the last file went to: packages are written in the order of their paths.
  std::string last_path_;
  FileHandle last_;
};

// Opens what is there at `relative` below the open folder `root`, with open(2)'s `flags`; the path
// is resolved as above. -1, and errno, where it cannot be. Safe after fork().
int OpenBeneath(int root, const char* relative, int flags, unsigned mode = 0);

// Gives `from` a second place and takes the first away, without ever replacing anything: EEXIST
// where `to` is taken. Returns 0 or the error's number. Safe after fork().
int RenameNew(int from_folder, const char* from, int to_folder, const char* to, bool is_folder);

}  // namespace weighlock
