// Source code in a package: what runs where it is deployed, and what no honest code of a model
// does.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Python, by name or first line.
bool IsPython(const Subject& subject);
void JudgePython(const Subject& subject, const FileScan& scan);

// Shell and batch scripts.
bool IsScript(const Subject& subject);
void JudgeScript(const Subject& subject, const FileScan& scan);

// Text files named .pth, whose lines Python runs at each start where they lie beside its packages.
bool IsSiteFile(const Subject& subject);
void JudgeSiteFile(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
