// What wrappers of training put before the name of every parameter, and leave there in what they
// save.
#pragma once

#include <string>

#include "weighlock/package.h"

namespace weighlock {

// "module" (DataParallel) or "_orig_mod" (torch.compile) where all names of the set begin with it
// and a dot, "module._orig_mod" of both; empty: not all of them do. O(tensors).
std::string WrapperPrefix(const Package& package, const WeightSet& set);

}  // namespace weighlock
