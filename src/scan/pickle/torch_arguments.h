// What torch's own constructors may be given, where that is more than a type or a number.
#pragma once

#include <optional>
#include <string>

#include "pickle/pickle.h"

namespace weighlock::scan {

// What is wrong with the arguments of the call, as the end of a sentence; nothing where all is
// well.

// torch._C.Generator(device)
std::optional<std::string> BrokenGenerator(const pickle::Pickle& pickle, const pickle::Call& call);
// torch.nested's _rebuild_njt({"values": a tensor, "offsets": a tensor, ...})
std::optional<std::string> BrokenJagged(const pickle::Pickle& pickle, const pickle::Call& call);

}  // namespace weighlock::scan
