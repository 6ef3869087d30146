// Files whose names promise another format than their bytes are.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Says so where it is so; `scan` knows the format by now.
void JudgePromise(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
