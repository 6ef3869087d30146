// What packages carry for people: pages, drawings, papers; and pointers that stand in place of a
// file.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// HTML, XML and SVG: searched for scripts.
bool IsMarkup(const Subject& subject);
void JudgeMarkup(const Subject& subject, const FileScan& scan);

bool IsPdf(const Subject& subject);
void JudgePdf(const Subject& subject, const FileScan& scan);

// What git-lfs leaves where it was not asked for the file.
bool IsLfsPointer(const Subject& subject);
void JudgeLfsPointer(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
