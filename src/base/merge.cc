// Collisions are found by names; that nothing is replaced in the end is the kernel's promise.
#include "base/merge.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <string_view>

#include "base/escape.h"
#include "base/moves.h"
#include "base/package_path.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

std::string_view TypeName(fs::file_type type) {
  switch (type) {
    case fs::file_type::regular:
      return "a file";
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::symlink:
      return "a symbolic link";
    default:
      return "something that is no file";
  }
}

}  // namespace

Status MergePlanner::Add(const Arrival& arrival) {
  for (size_t begin = 0; begin <= arrival.path.size();) {
    const size_t end = std::min(arrival.path.find('/', begin), arrival.path.size());
    const bool last = end == arrival.path.size();
    const std::string path = arrival.path.substr(0, end);
    const std::string name = arrival.path.substr(begin, end - begin);
    WL_TRY(const Listing* listing, ListingOf(begin == 0 ? "" : arrival.path.substr(0, begin - 1)));
    const auto found = listing->find(FoldName(name));
    if (found == listing->end()) {
      moves_.insert(path);
      return {};
    }
    const Listed& there = found->second;
    if (there.name != name) {
      collisions_[path] = fmt::format("{} is there, which differs only {}", Quote(there.name),
                                      HowNamesMeet(there.name, name));
      return {};
    }
    const bool meets = there.type == fs::file_type::directory && (!last || arrival.is_folder);
    if (!meets) {
      collisions_[path] = fmt::format("{} is there", TypeName(there.type));
      return {};
    }
    begin = end + 1;
  }
  return {};
}

Result<const MergePlanner::Listing*> MergePlanner::ListingOf(const std::string& folder) {
  const auto known = listings_.find(folder);
  if (known != listings_.end()) return static_cast<const Listing*>(&known->second);
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator it(fs::path(existing_) / folder, error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename().string();
    std::error_code ignored;
    const fs::file_type type = it->symlink_status(ignored).type();
    std::string folded = FoldName(name);
    listing.insert_or_assign(std::move(folded), Listed{std::move(name), type});
  }
  if (error) return SystemError(error.value(), "cannot list the folder", existing_);
  return static_cast<const Listing*>(&(listings_[folder] = std::move(listing)));
}

MergePlan MergePlanner::Finish() && {
  MergePlan plan;
  plan.moves.assign(moves_.begin(), moves_.end());
  for (auto& [path, why] : collisions_) plan.collisions.push_back({path, std::move(why)});
  return plan;
}

Status CommitMerge(const StagedFolder& staged, const std::string& existing, const MergePlan& plan) {
  WL_CHECKED(staged.Sync());
  return MoveAll(staged.path() + "/tree", existing, plan.moves, staged.path() + "/moves");
}

}  // namespace weighlock
