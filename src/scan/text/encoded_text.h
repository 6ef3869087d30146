// Text that is not UTF-8: vocabularies and cards of old tools.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// UTF-16 that begins with its mark, Latin-1 and Windows-1252, under a name of text.
bool IsEncodedText(const Subject& subject);
void JudgeEncodedText(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
