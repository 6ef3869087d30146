// Where files of a folder stand in an archive.
#pragma once

#include <string>
#include <vector>

#include "weighlock/pack.h"

namespace weighlock {

struct ArchivePaths {
  std::vector<std::string> files;    // of `packed`, in its order
  std::vector<std::string> folders;  // that are empty
  std::vector<std::string> notes;    // what was moved, what the platform would miss
};

// Places the files `packed` and the empty folders of the package by options.layout. kUsage: the
// layout wants another kind of archive, or a folder of another name.
Result<ArchivePaths> PlacePaths(const Package& package, const std::vector<std::string>& packed,
                                PackageKind kind, const PackOptions& options);

}  // namespace weighlock
