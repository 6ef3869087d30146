// Files that lie in another one where its own loader does not look, and theirs do: a zip is found
// by its end, HDF5 behind a block of the user's.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Says what stands in a file of another form, and judges it. Call when the file itself is judged:
// what was judged as a part of it is not said again.
void JudgeHiddenFiles(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
