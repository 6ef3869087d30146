// What is put into a folder that is there: what would collide, and the doing of it, all or nothing.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/staging.h"
#include "weighlock/result.h"

namespace weighlock {

// A file or folder that is to come, by its path as NormalisePath gives it.
struct Arrival {
  std::string path;
  bool is_folder;
};

struct Collision {
  std::string path;  // of the first part of the arrival's path that cannot come
  std::string why;   // "a file is there"
};

struct MergePlan {
  // The fewest paths whose moves bring all arrivals; none lies below another. Sorted.
  std::vector<std::string> moves;
  std::vector<Collision> collisions;  // sorted by their paths
};

// Finds out what would happen, one arrival after the other. Folders may meet folders; any other
// meeting is a collision, and so are names that differ only in case, and links, which are never
// followed. Linear in the arrivals and in what lies beside them.
class MergePlanner {
 public:
  explicit MergePlanner(std::string existing) : existing_(std::move(existing)) {}

  Status Add(const Arrival& arrival);
  bool collides() const { return !collisions_.empty(); }
  MergePlan Finish() &&;

 private:
  // What is in a folder, by names without their case.
  struct Listed {
    std::string name;
    std::filesystem::file_type type;
  };
  using Listing = std::map<std::string, Listed>;
  Result<const Listing*> ListingOf(const std::string& folder);

  std::string existing_;
  std::map<std::string, Listing> listings_;  // by folders that are there
  std::set<std::string> moves_;
  std::map<std::string, std::string> collisions_;
};

// Where below a staging folder (StagedFolder::CreateFor) the files lie that are to be merged.
inline constexpr std::string_view kMergeTree = "tree/";

// Moves them to their places in `existing`, all or none, by the moves of PlanMerge (see MoveAll).
Status CommitMerge(const StagedFolder& staged, const std::string& existing, const MergePlan& plan);

}  // namespace weighlock
