// Machine code, and code compiled for other machines: what a package of data has no use for.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsNativeCode(const Subject& subject);
void JudgeNativeCode(const Subject& subject, const FileScan& scan);

// Whether bytes begin a program or library of Linux, macOS or Windows, with a header that fits its
// magic number: for data that may be anything, where four bytes may come by chance.
bool BeginsProgram(Bytes head);

}  // namespace weighlock::scan
