// What is worth judging in JSON of any size and depth, also where it is not by the letter: the
// members by which configurations name code, with the objects around them. The rest, vocabularies
// above all, is read and let go.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "json/json.h"

namespace weighlock::scan {

// Which members are kept. `below`: all strings in the value are, too.
enum class Notable : uint8_t { kNo, kValue, kBelow };
Notable NotableKey(std::string_view key);

struct JsonSketch {
  // The text's own value first, then objects that lie deep in it; of an object, all members of one
  // name. No value nests deeper than some thirty levels.
  std::vector<JsonValue> trees;
  bool is_whole = false;         // one value, whose brackets close in their order
  bool is_cut = false;           // its end is missing, and nothing else
  std::optional<Error> stopped;  // kLimit: what follows was not looked at
};

// Reads the source from front to back, once. Errors: those of reading. Memory is bounded; time is
// linear.
Result<JsonSketch> SketchJson(const ByteSource& source);

}  // namespace weighlock::scan
