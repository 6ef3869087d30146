// The text of a source file, and its lines.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// The file's text, or nothing where it is none, or too long: then that is said.
std::optional<std::string> TextOf(const Subject& subject, const FileScan& scan);

// Whether it is text, or empty.
bool IsText(const Subject& subject);

// Without white space at its ends.
std::string_view Trimmed(std::string_view line);

// Calls `take` with each line, without white space at its ends, and its offset.
template <class Take>
void ForEachLine(std::string_view text, Take take) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    take(Trimmed(text.substr(at, end - at)), at);
    at = end + 1;
  }
}

}  // namespace weighlock::scan
