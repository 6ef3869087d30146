// Pickles that begin with so much data that a trial does not come to what they import.
#pragma once

#include "base/byte_source.h"

namespace weighlock::scan {

// Whether the bytes are opcodes up to one that imports something by a name. Arguments are passed
// over, however long, and at most fifty million opcodes: noise that begins like an opcode ends
// soon.
bool IsLatePickle(const ByteSource& source);

}  // namespace weighlock::scan
