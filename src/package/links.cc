// Both sides of a comparison are made canonical first: a folder may itself be reached by a link.
#include "package/links.h"

#include <algorithm>
#include <system_error>

namespace weighlock {

namespace fs = std::filesystem;

std::optional<fs::path> TargetInside(const std::string& root, const std::string& path) {
  std::error_code error, other;
  const fs::path target = fs::weakly_canonical(path, error);
  const fs::path top = fs::weakly_canonical(root, other);
  const auto [end, ignored] = std::mismatch(top.begin(), top.end(), target.begin(), target.end());
  return !error && !other && end == top.end() ? std::optional(target) : std::nullopt;
}

bool IsOfHubCache(const std::string& path, const fs::path& target) {
  std::error_code error;
  fs::path folder = fs::weakly_canonical(fs::path(path).parent_path(), error);
  if (error) return false;
  while (folder.has_relative_path() && folder.filename() != "snapshots") {
    folder = folder.parent_path();
  }
  return folder.filename() == "snapshots" && target.parent_path() == folder.parent_path() / "blobs";
}

bool LeadsOut(const std::string& root, const std::string& path) {
  if (TargetInside(root, path)) return false;
  std::error_code error;
  const fs::path target = fs::weakly_canonical(path, error);
  return error || !IsOfHubCache(path, target);
}

}  // namespace weighlock
