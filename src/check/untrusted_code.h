// Code that a package brings along, and what is raised where the target was not told to trust it.
#pragma once

#include <string>

#include "check/situation.h"

namespace weighlock {

// What the release says of the class that auto_map of `file` names under `key`. From 4.32 on it
// asks whoever sits before it; a server has no answer, and then the same words are raised. Empty:
// it is not known, as of code that lies in another repository.
std::string UntrustedCodeMessage(const Situation& situation, const JsonFile& file,
                                 std::string_view key, const char* table);

}  // namespace weighlock
