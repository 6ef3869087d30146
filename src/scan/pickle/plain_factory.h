// What a defaultdict may call at each missing key.
#pragma once

#include "pickle/pickle.h"

namespace weighlock::scan {

// A type of Python's that makes plain data of nothing, a container of a library, or
// functools.partial of one of these.
bool IsPlainFactory(const pickle::Pickle& pickle, pickle::ValueId id);

}  // namespace weighlock::scan
