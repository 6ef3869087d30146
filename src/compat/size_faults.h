// Sizes of a configuration of which no model can be made, as the rows of its family ask for them,
// one after the other (kb/families.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compat/families.h"
#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

struct SizeFault {
  enum class Kind : uint8_t {
    kNegative,        // a tensor would have a negative dimension
    kNoInteger,       // ... one that is a text or has a point
    kCountNoInteger,  // so many layers
    kCountBeyondAll,  // more layers than any machine holds
    kHeadsZero,       // what is divided by the heads
    kHeadsNoNumber,
  };
  Kind kind;
  std::string key;                 // "hidden_size", "text_config/hidden_size"
  const JsonValue* value;          // of the configuration, borrowed
  std::string module;              // the class that asks for it: "Embedding", "Linear"
  std::vector<std::string> shape;  // of the tensor, as Python prints it; empty: not known
  size_t place = 0;                // of the size in that shape
};

// The first fault that the constructor of a class meets; nothing where there is none, or the class
// is in no family. Linear in the rows of the family.
std::optional<SizeFault> FirstSizeFault(const JsonValue& family, const JsonValue& config,
                                        const Target& target);

}  // namespace weighlock
