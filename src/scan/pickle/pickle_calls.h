// What a pickle would make a loader import, call and change: one pass over the graph's values.
#pragma once

#include <string>
#include <vector>

#include "pickle/pickle.h"
#include "scan/pickle/pickle_judge.h"
#include "weighlock/scan.h"

namespace weighlock::scan {

// A finding before its evidence is put together.
struct RaisedFinding {
  std::string_view rule;  // "WL-S-101"
  pickle::ValueId at;     // the value that shows it
  std::string text;
  std::string accepted = {};  // why the user's allow-list accepts it; empty: it does not
};

struct PickleCalls {
  std::vector<RaisedFinding> raised;    // in the order of their values
  std::vector<GlobalUse> globals;       // by module and name
  std::vector<pickle::ValueId> nested;  // calls of torch.storage._load_from_bytes, to be judged
};

// Judges every value of the graph, also those that the stream threw away: a call that was popped
// was still a call. `allow` is what the user accepts of names that no table knows; null: nothing.
// Linear in the graph.
PickleCalls JudgeCalls(const pickle::Pickle& pickle, PickleHome home, AllowList* allow);

}  // namespace weighlock::scan
