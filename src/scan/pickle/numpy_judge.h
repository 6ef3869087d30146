// .npy files: numbers are data, arrays of objects are pickles.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsNumpy(const Subject& subject);
void JudgeNumpy(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
