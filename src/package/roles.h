// Roles by name: the table of what trainers and tokenizers leave in a folder.
#pragma once

#include <string_view>

#include "weighlock/package.h"

namespace weighlock {

Role RoleOf(std::string_view path);

// Whether a shell pattern ("*.pt", "code/*") matches a path or its last component. "*" does not
// stop at "/".
bool PatternMatches(const std::string& pattern, const std::string& path);

}  // namespace weighlock
