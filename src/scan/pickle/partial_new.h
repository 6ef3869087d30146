// functools.partial(C.__new__, class, ...)(): how the protocols below 4 write what NEWOBJ_EX does.
#pragma once

#include <optional>

#include "pickle/pickle.h"
#include "scan/pickle/named_callee.h"

namespace weighlock::scan {

// What copyreg writes where a class wants arguments by name for its __new__: a partial of
// getattr(C, "__new__"), whose state keeps that function and the arguments, the class first.
struct PartialNew {
  pickle::ValueId getattr = pickle::kNoValue;
  NamedCallee made;  // the class of the object
};
// Nothing where the value is no such partial, or C and the class are none that the tables let
// pickles make without their __init__.
std::optional<PartialNew> PartialNewOf(const pickle::Pickle& pickle, pickle::ValueId partial);

}  // namespace weighlock::scan
