// Where two JSON texts differ.
#pragma once

#include <string>
#include <vector>

#include "json/json.h"
#include "weighlock/diff.h"

namespace weighlock {

// Adds every place where `a` and `b` differ as values: the order of keys does not count, the order
// of items does, and numbers are compared as they are spelled unless both are the same number.
// O(n log n) in the sizes; nesting is what ParseJson allows.
void AddJsonDifferences(const std::string& path, const JsonValue& a, const JsonValue& b,
                        std::vector<FileDifference>& differences);

}  // namespace weighlock
