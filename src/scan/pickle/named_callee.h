// What a value of a pickle names for import, and what the policy says of the name.
#pragma once

#include <optional>
#include <string>

#include "pickle/pickle.h"
#include "scan/pickle/name_policy.h"

namespace weighlock::scan {

// A class or function that a value names, and what the policy says of it.
struct NamedCallee {
  std::string module, name;  // as Python 3 imports them
  NamePolicy policy;
};
// Nothing where the value is no global, or its name is made at run time; getattr(class, "name") is
// one where the tables allow "class.name". `protocol` is that of the stream, for the names of
// Python 2.
std::optional<NamedCallee> CalleeOf(const pickle::Pickle& pickle, pickle::ValueId callee);

}  // namespace weighlock::scan
