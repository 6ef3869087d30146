// GGUF files, versions 1 to 3: every key, every tensor, every byte of the layout; chat templates
// are judged as what they are, programs.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsGguf(const Subject& subject);
void JudgeGguf(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
