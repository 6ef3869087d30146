// What layout.names of a contract takes.
#pragma once

#include <string_view>

namespace weighlock {

// Whether a path is "ascii" or "portable"; every path is of another word.
bool IsNameOf(std::string_view word, std::string_view path);

}  // namespace weighlock
