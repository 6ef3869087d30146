// A package may hold several models: an encoder beside a decoder, a head in a folder of its own, an
// adapter beside what it adapts. Each folder and stem is planned alone, and none stands for
// another.
#include "adapt/weights_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/escape.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

// What a loader is pointed at lies above what else there is.
struct GroupKey {
  size_t depth;        // folders above
  std::string folder;  // with a slash at its end
  std::string_view stem;

  bool operator<(const GroupKey& other) const {
    return std::tie(depth, folder, stem) < std::tie(other.depth, other.folder, other.stem);
  }
};

bool IsLeftOut(const WeightSet& set, const std::set<size_t>& left_out) {
  return std::any_of(set.files.begin(), set.files.end(),
                     [&](size_t file) { return left_out.contains(file); });
}

// safetensors first, single files before shards, what no index lists last.
auto SearchOrder(const Package& package, const WeightSet& set) {
  return std::tuple(IsUnlisted(package, set), IsPickled(set.format), set.sharded());
}

using Groups = std::map<GroupKey, std::vector<size_t>>;

Groups GroupsOf(const Package& package, const std::set<size_t>& left_out) {
  Groups groups;
  for (size_t i = 0; i < package.weights.size(); ++i) {
    const WeightSet& set = package.weights[i];
    const std::string_view stem = TorchStem(set.stem);
    if (stem.empty() || IsLeftOut(set, left_out)) continue;
    const std::string path = PathOf(package, set);
    GroupKey key{static_cast<size_t>(std::count(path.begin(), path.end(), '/')),
                 path.substr(0, path.rfind('/') + 1), stem};
    groups[std::move(key)].push_back(i);
  }
  for (auto& [key, sets] : groups) {
    std::stable_sort(sets.begin(), sets.end(), [&](size_t a, size_t b) {
      return SearchOrder(package, package.weights[a]) < SearchOrder(package, package.weights[b]);
    });
  }
  return groups;
}

}  // namespace

Result<WeightsPlan> PlanWeights(const Package& package, const std::set<size_t>& left_out,
                                const Target& target, const Knowledge& knowledge, bool no_pickle) {
  WeightsPlan plan;
  const Groups groups = GroupsOf(package, left_out);
  if (groups.empty()) {
    plan.diagnosis.verdict = Verdict::kRisk;
    plan.diagnosis.text = "the package has no weights that the knowledge base can judge";
    return plan;
  }
  const size_t top = groups.begin()->first.depth;
  bool is_first = true;
  for (const auto& [key, sets] : groups) {
    auto group = PlanGroup(package, sets, target, knowledge, no_pickle);
    if (!group) {
      if (key.depth == top) return std::move(group).error();
      plan.notes.push_back(
          fmt::format("not converted, for no way is known: {}", group.error().Message()));
      continue;
    }
    if (is_first || group->diagnosis.verdict > plan.diagnosis.verdict) {
      plan.diagnosis = std::move(group->diagnosis);
    }
    is_first = false;
    if (group->conversion) plan.conversions.push_back(*std::move(group->conversion));
    plan.dropped.merge(group->dropped);
    for (std::string& note : group->notes) {
      // What several groups say alike is said once.
      if (std::find(plan.notes.begin(), plan.notes.end(), note) == plan.notes.end()) {
        plan.notes.push_back(std::move(note));
      }
    }
  }
  return plan;
}

}  // namespace weighlock
