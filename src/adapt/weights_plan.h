// Which weights of a package the target reads, and which it could read after a conversion.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "adapt/weights_group.h"

namespace weighlock {

struct WeightsPlan {
  Diagnosis diagnosis;                    // the worst of all groups', the topmost first
  std::vector<Conversion> conversions;    // in the order of the groups
  std::map<size_t, std::string> dropped;  // weight sets that are left out, and why
  std::vector<std::string> notes;
};

// `left_out` are artefacts that were dropped by request: sets with one of them do not count. Of
// weights below others that no way is known for there is a note; kUnsupported of the topmost.
Result<WeightsPlan> PlanWeights(const Package& package, const std::set<size_t>& left_out,
                                const Target& target, const Knowledge& knowledge, bool no_pickle);

}  // namespace weighlock
