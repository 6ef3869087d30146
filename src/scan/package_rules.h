// What only the whole of a package shows: names that hide modules of Python, and files that others
// refer to.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Adds findings about the files of `scanner`, all of which are known. Linear in them.
void JudgePackage(Scanner& scanner);

}  // namespace weighlock::scan
