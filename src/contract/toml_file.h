// TOML as the house's values, so that one file knows toml++.
#pragma once

#include <string>

#include "json/json.h"

namespace weighlock {

// A table as JsonValue: `offset` is the line (from 1) instead of a byte, of a member the line of
// its key or value; numbers and dates ("2027-01-31", a string) keep a spelling. `path` is for
// messages. kUsage: no TOML, in which line; nested deeper than any contract; a time of day.
Result<JsonValue> ReadToml(const std::string& path, const std::string& text);

}  // namespace weighlock
