// safetensors: data by design, where the file keeps to the letter of the format.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsSafetensors(const Subject& subject);
void JudgeSafetensors(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
