// Names and strings that come from a package, made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace weighlock {

// `text` with control bytes, DEL, backslashes, invalid UTF-8 and the Unicode bidirectional and
// line-separator controls written as \xNN or \u{N}: nothing that reaches a terminal, a log or a
// report can move the cursor or reorder a line. Other UTF-8 stays as it is.
std::string Escape(std::string_view text);

// Escape(text) in double quotes, cut after `most` bytes of input with "...".
std::string Quote(std::string_view text, size_t most = 200);

// Whether `text` is well-formed UTF-8 (no overlong forms, surrogates, or values over U+10FFFF).
bool IsUtf8(std::string_view text);

}  // namespace weighlock
