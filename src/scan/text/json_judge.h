// JSON: data, but for what a configuration names: code of the package, classes to build, templates.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsJsonText(const Subject& subject);
void JudgeJson(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
