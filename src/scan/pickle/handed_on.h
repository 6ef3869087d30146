// Functions that a pickle does not call itself, and hands to what may.
#pragma once

#include <set>
#include <vector>

#include "pickle/pickle.h"

namespace weighlock::scan {

// Those of `functions` that are an argument of a call, or part of a state, directly or in plain
// containers, which are followed 16 levels up. What a dictionary or list of the file holds that
// nobody takes is not handed on. Linear in the graph for each level.
std::vector<pickle::ValueId> HandedOn(const pickle::PickleGraph& graph,
                                      const std::set<pickle::ValueId>& functions);

// Whether something keeps `function` at all: a container, a state, an argument. Linear in the
// graph.
bool IsKept(const pickle::PickleGraph& graph, pickle::ValueId function);

}  // namespace weighlock::scan
