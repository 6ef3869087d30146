// The tokens of JSON, told apart fast: for texts that are beyond doubt. Private to this room.
#pragma once

#include <string_view>

#include "json/json_tree.h"

namespace weighlock {

enum class ScanOutcome : uint8_t {
  kRead,     // all of it is in the tree
  kRefused,  // by the tree
  kUnsure,   // no JSON, and the tree is good for nothing
};

// Tells `tree` the tokens of RFC 8259. O(n), without recursion.
ScanOutcome ScanJson(std::string_view text, JsonTree& tree);

}  // namespace weighlock
