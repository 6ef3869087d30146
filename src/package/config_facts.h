// What config.json says of its model, as far as it decides whether anything loads at all.
#pragma once

#include <optional>

#include "base/byte_source.h"
#include "weighlock/package.h"

namespace weighlock {

// Nothing where the text is no JSON object: the runtime will say so, and so may others here.
std::optional<ConfigFacts> ReadConfigFacts(const ByteSource& source, const Limits& limits);

}  // namespace weighlock
