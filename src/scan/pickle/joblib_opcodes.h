// What an unpickler makes of a file of joblib's that knows nothing of its arrays.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Judges the pickle at `start` of `source` where the elements of its first array, from byte `array`
// on, are taken for opcodes. Most are none. Call when the file was judged as joblib reads it: what
// that imports is known then. `stream` counts the pickles of the file.
void JudgeElementsAsOpcodes(const ByteSource& source, uint64_t start, uint64_t array,
                            uint64_t stream, const FileScan& scan);

}  // namespace weighlock::scan
