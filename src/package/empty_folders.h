// Folders of an archive that nothing lies in: they are members, and no artefacts.
#pragma once

#include <string>
#include <vector>

namespace weighlock {

// Those of `folders` that neither a file nor another folder lies below, in byte order. O(n log n).
std::vector<std::string> EmptyFolders(std::vector<std::string> folders,
                                      std::vector<std::string> files);

}  // namespace weighlock
