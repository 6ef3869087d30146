// Where files of a folder stand in an archive.
#pragma once

#include <string>
#include <vector>

#include "weighlock/pack.h"

namespace weighlock {

struct ArchivePaths {
  std::vector<std::string> files;    // of `packed`, in its order
  std::vector<std::string> folders;  // of `empty_folders`, in its order
  std::string top;                   // what all of them begin with: "" or "folder/"
  std::vector<std::string> notes;    // what was moved, what the platform would miss
};

// Places the files `packed` and the folders `empty_folders` of the package by options.layout; both
// are in byte order. kUsage: the layout wants another kind of archive, or a folder of another name.
Result<ArchivePaths> PlacePaths(const Package& package, const std::vector<std::string>& packed,
                                const std::vector<std::string>& empty_folders, PackageKind kind,
                                const PackOptions& options);

}  // namespace weighlock
