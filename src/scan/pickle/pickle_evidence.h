// The evidence of findings in a pickle: which opcode, what it imports and calls, with what.
#pragma once

#include <span>

#include "scan/pickle/pickle_calls.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Adds the findings to the file's, each with its evidence; of very many the first hundred, and a
// count of the others. Linear in the pickle.
void AddFindings(const pickle::Pickle& pickle, uint64_t stream,
                 std::span<const RaisedFinding> raised, const FileScan& scan);

}  // namespace weighlock::scan
