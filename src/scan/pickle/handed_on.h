// Functions that a pickle does not call itself, and hands to what may.
#pragma once

#include <set>
#include <vector>

#include "pickle/pickle.h"

namespace weighlock::scan {

// Those of `functions` that are an argument of a call, or part of a state, directly or in plain
// containers; all of them where containers nest more than 16 deep. What a dictionary or list of the
// file holds that nobody takes is not handed on. Linear in the graph.
std::vector<pickle::ValueId> HandedOn(const pickle::PickleGraph& graph,
                                      const std::set<pickle::ValueId>& functions);

// Those that anything keeps at all: a container, a state, an argument. Of functions that stand side
// by side one is given. Linear in the graph.
std::vector<pickle::ValueId> Kept(const pickle::PickleGraph& graph,
                                  const std::set<pickle::ValueId>& functions);

}  // namespace weighlock::scan
