// environment.yml, as conda writes it.
#pragma once

#include <string>
#include <string_view>

#include "contract/pip_list.h"

namespace weighlock {

// "torch" of "pytorch": the name that pip has for a package of conda, normalised.
std::string PipNameOf(std::string_view conda);

// Reads `name`, `channels`, `dependencies` (with one list below `pip:`), `prefix` and `variables`;
// all else is refused, and so are anchors, tags, keys that stand twice and values of other kinds.
// Complete where every package has version and build, as `conda env export` writes them. kUsage.
Result<PipList> ReadCondaFile(const std::string& path, const std::string& text);

}  // namespace weighlock
