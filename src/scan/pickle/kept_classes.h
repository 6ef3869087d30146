// Classes of libraries that a pickle keeps as they are: whoever finds them calls them, and then
// their
// __init__ runs, which for objects that pickles make it never does.
#pragma once

#include <set>
#include <vector>

#include "pickle/pickle.h"
#include "scan/pickle/named_callee.h"

namespace weighlock::scan {

// Whether the __init__ of the class may do more than to set attributes: loads weights by name,
// opens files, evaluates text, starts programs. Of the other libraries it sets what it is given.
bool HasBusyConstructor(const NamedCallee& named);

// Those of `classes` that stand in a container, in a state, or among the arguments of a call, other
// than as the class that copyreg's functions or an id of torch's older files want there. Linear in
// the graph.
std::vector<pickle::ValueId> KeptClasses(const pickle::Pickle& pickle,
                                         const std::set<pickle::ValueId>& classes);

}  // namespace weighlock::scan
