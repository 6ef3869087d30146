// pyproject.toml and setup.cfg, which list packages to install and describe a project beside.
#pragma once

#include <string>
#include <string_view>

namespace weighlock::scan {

// The text with what only describes the project (its pages, its authors' words) in spaces, so that
// places stay. `name` is that of the file; any other file is left as it is.
std::string WithoutDescription(std::string_view name, std::string_view text);

}  // namespace weighlock::scan
