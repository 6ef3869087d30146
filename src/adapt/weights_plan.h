// Which weights of a package the target reads, and which it could read after a conversion.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "compat/knowledge.h"
#include "weighlock/adapt.h"

namespace weighlock {

struct WeightsPlan {
  Diagnosis diagnosis;
  WeightsForm form = WeightsForm::kTorchZip;
  std::optional<size_t> convert;  // the weight set to convert
  std::string output;             // its new path
  std::string unwrap;             // what is taken off all its names: "module"; empty: nothing
  std::string adaptations;        // "W1", "W1 W6"
  std::set<size_t> useless;       // weight sets that the target cannot read and does not need
  std::vector<std::string> notes;
};

// `left_out` are artefacts that were dropped by request: sets with one of them do not count.
Result<WeightsPlan> PlanWeights(const Package& package, const std::set<size_t>& left_out,
                                const Target& target, const Knowledge& knowledge, bool no_pickle);

}  // namespace weighlock
