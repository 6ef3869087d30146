// What torch.save wrote before 1.6: five pickles behind each other, then the storages.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsTorchLegacy(const Subject& subject);
void JudgeTorchLegacy(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
