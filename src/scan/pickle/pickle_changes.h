// What a pickle would change of the objects that it made, imported or was given: BUILD, SETITEMS,
// APPENDS on what is no plain container.
#pragma once

#include <vector>

#include "scan/pickle/pickle_calls.h"
#include "scan/pickle/pickle_names.h"

namespace weighlock::scan {

// Adds a finding for each change that the rules do not allow, in the order of the changes.
void JudgeChanges(const pickle::PickleGraph& graph, PickleNames& names,
                  std::vector<RaisedFinding>& raised);

}  // namespace weighlock::scan
