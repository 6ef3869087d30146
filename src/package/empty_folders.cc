// What lies below a folder stands right behind it, where paths are sorted with a slash at its end.
#include "package/empty_folders.h"

#include <algorithm>

namespace weighlock {

std::vector<std::string> EmptyFolders(std::vector<std::string> folders,
                                      std::vector<std::string> files) {
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  std::erase(folders, "");  // the archive's root, of which "./" is the name
  std::vector<std::string>& all = files;
  for (const std::string& folder : folders) all.push_back(folder + "/");
  std::sort(all.begin(), all.end());
  std::vector<std::string> empty;
  for (const std::string& folder : folders) {
    const std::string below = folder + "/";
    const auto next = std::upper_bound(all.begin(), all.end(), below);
    if (next == all.end() || !next->starts_with(below)) empty.push_back(folder);
  }
  return empty;
}

}  // namespace weighlock
