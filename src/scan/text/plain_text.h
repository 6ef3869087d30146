// Files that are text and nothing else, and what is left when no judge knows a file.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsPlainText(const Subject& subject);
void JudgePlainText(const Subject& subject, const FileScan& scan);

// `text` with each break of lines that Python's splitlines() knows as "\n" (behind spaces, where it
// has more bytes): places in it stay what they are.
std::string WithPlainBreaks(std::string_view text);

// An empty file: nothing in it, nothing to fear.
bool IsEmpty(const Subject& subject);
void JudgeEmpty(const Subject& subject, const FileScan& scan);

// The last resort: says that nobody knows what it is.
void JudgeUnknown(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
