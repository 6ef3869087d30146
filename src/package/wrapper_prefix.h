// What wrappers of training put before the name of every parameter, and leave there in what they
// save.
#pragma once

#include <string_view>

#include "weighlock/package.h"

namespace weighlock {

// "module" (DataParallel) or "_orig_mod" (torch.compile) where all names of the set begin with it
// and a dot; empty: not all of them do. O(tensors).
std::string_view WrapperPrefix(const Package& package, const WeightSet& set);

}  // namespace weighlock
