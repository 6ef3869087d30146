// What only the whole of a package shows: names that hide modules of Python, and files that others
// refer to.
#pragma once

#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// Adds findings about the files of `scanner`, all of which are known. Linear in them.
// Whether everything relies on a module of this name: one of Python's, or of a library of models.
bool IsTrustedModule(std::string_view name);

void JudgePackage(Scanner& scanner);

}  // namespace weighlock::scan
