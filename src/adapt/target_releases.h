// Which releases of transformers and tokenizers a target may have, for repairs that one of them is
// enough to ask for.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "adapt/json_repairs.h"

namespace weighlock {

// The releases of transformers that the target may have; empty: nothing is known.
std::vector<Version> ReleasesOf(const RepairSituation& situation);

// Whether one of them is within `spec`, and `needs` it.
template <typename Needs>
bool Any(const RepairSituation& situation, std::string_view spec, const Needs& needs) {
  const auto wanted = VersionSpec::Parse(spec);
  const std::vector<Version> versions = ReleasesOf(situation);
  return wanted && std::any_of(versions.begin(), versions.end(), [&](const Version& version) {
           return wanted->Contains(version) && needs(version);
         });
}

inline bool Any(const RepairSituation& situation, std::string_view spec) {
  return Any(situation, spec, [](const Version&) { return true; });
}

// Whether the target's tokenizers may be older than `floor`: its own, or what its transformers
// wants. Releases of transformers before 4 read no tokenizer.json.
bool TokenizersBefore(const RepairSituation& situation, const std::string& floor);

}  // namespace weighlock
