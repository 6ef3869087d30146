// Zips: by their directory where all readers see the same members, else by every reading there is.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsZip(const Subject& subject);
void JudgeZip(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
