// Pictures and sounds: PNG, JPEG, GIF, WebP, WAV. Their frame is walked from the first byte to the
// last; what stands behind it is judged as a file of its own.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsImage(const Subject& subject);
void JudgeImage(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
