// What may be done to what an allow-listed constructor returned: BUILD, SETITEMS, APPENDS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pickle/pickle.h"
#include "scan/pickle/name_policy.h"

namespace weighlock::scan {

// What is wrong with the position that a state sets in a generator of numpy's, which reads on from
// there without looking.
std::optional<std::string> WrongPosition(const pickle::PickleGraph& graph, pickle::ValueId state);

// What is wrong with `state` for an object under `rule`, as the end of a sentence ("sets the
// attribute ..."); nothing where all is well. `changes` are all that were made to the object.
std::optional<std::string> BrokenState(const pickle::PickleGraph& graph, std::string_view rule,
                                       const pickle::Changes& changes, pickle::ValueId state);

// Whether the value names Python's getattr, whose calls are judged by what they take from what.
bool IsGetattr(const pickle::PickleGraph& graph, pickle::ValueId id);

// The same for a state that torch sets itself: attributes, or (attributes, slots).
std::optional<std::string> TorchState(const pickle::PickleGraph& graph, pickle::ValueId state);

// Whether what a call under `rule` returns takes items (SETITEMS), or elements (APPENDS, ADDITEMS).
bool TakesItems(std::string_view rule, Standing standing);
bool TakesElements(std::string_view rule, Standing standing);

}  // namespace weighlock::scan
