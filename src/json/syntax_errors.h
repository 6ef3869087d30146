// What the JSON readers of runtimes say of a text that is no JSON: Python's json module
// (Lib/json/decoder.py, scanner.c) and Rust's serde_json (de.rs, read.rs).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace weighlock {

enum class JsonReader : uint8_t {
  kPython,  // "Expecting value: line 1 column 29 (char 28)"
  kSerde,   // "EOF while parsing a value at line 1 column 28"
};

// The error's text; empty where that reader finds none, or where the text is no UTF-8 or nests
// deeper than `depth`, of which other things are said. O(text), no recursion.
std::string JsonSyntaxError(Bytes text, JsonReader reader, size_t depth = 900);

// The text with numbers in place of NaN, Infinity and -Infinity, which Python's reader takes and
// JSON has not; as long as it was. Nothing where there are none outside strings.
std::optional<std::string> WithoutNonFinite(std::string_view text);

}  // namespace weighlock
