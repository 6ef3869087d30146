// What becomes of the weights of one folder and stem: whichever of them the target takes, that one
// is the model.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compat/knowledge.h"
#include "weighlock/adapt.h"

namespace weighlock {

// A weight set that is written anew, as one file.
struct Conversion {
  size_t set;
  WeightsForm form;
  std::string output;       // its new path
  std::string unwrap;       // what is taken off all its names: "module"; empty: nothing
  std::string adaptations;  // "W1", "W1 W6"
};

struct GroupPlan {
  Diagnosis diagnosis;
  std::optional<Conversion> conversion;
  std::map<size_t, std::string> dropped;  // weight sets that are left out, and why
  std::vector<std::string> notes;
};

// `sets`, at least one, are those of the group, in the order in which loaders look for them.
// kUnsupported: the target reads none, and no form of them that can be written here either.
Result<GroupPlan> PlanGroup(const Package& package, const std::vector<size_t>& sets,
                            const Target& target, const Knowledge& knowledge, bool no_pickle);

// The single torch file that stands for weights of this stem; empty: there is none.
std::string_view TorchStem(std::string_view stem);

// Of a set's index, or of its file.
std::string PathOf(const Package& package, const WeightSet& set);

}  // namespace weighlock
