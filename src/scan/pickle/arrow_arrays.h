// Arrays of pyarrow, which pandas 3 keeps its texts in.
#pragma once

#include <optional>
#include <string>

#include "pickle/pickle.h"

namespace weighlock::scan {

// What is wrong with a call of pyarrow.lib.type_for_alias, py_buffer or _restore_array, as the end
// of a sentence: an array is made of a known type, of as many buffers as that has, each of bytes
// and as long as the array wants it. What the offsets of texts say is not looked at.
std::optional<std::string> BrokenArrow(const pickle::Pickle& pickle, const pickle::Call& call);

}  // namespace weighlock::scan
