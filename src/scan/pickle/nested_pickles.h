// Pickles that a pickle loads from bytes of its own, and what tells a pickle from prose.
#pragma once

#include <span>

#include "pickle/pickle.h"
#include "scan/pickle/pickle_calls.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// Judges the streams that calls of torch.storage._load_from_bytes would load, as files of their
// own.
void JudgeNested(const pickle::Pickle& pickle, std::span<const pickle::ValueId> calls,
                 const FileScan& scan);

// Whether what was raised is no accident of bytes that are no pickle: something is called or
// changed, and has a name that could be one.
bool IsEvidence(const pickle::Pickle& pickle, const RaisedFinding& raised);

}  // namespace weighlock::scan
