// Specs that stand in the knowledge base or in our code, read once.
#pragma once

#include <string_view>

#include "weighlock/target.h"

namespace weighlock {

// A spec by its text, or null where it cannot be read. The same few hundred are asked for each
// release that is tried, and reading them would be half of the asking. Each is kept as long as its
// thread: never for a text that a package or a user brings.
const VersionSpec* KnownSpec(std::string_view text);

}  // namespace weighlock
