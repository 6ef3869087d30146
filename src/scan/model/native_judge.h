// Machine code, and code compiled for other machines: what a package of data has no use for.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsNativeCode(const Subject& subject);
void JudgeNativeCode(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
