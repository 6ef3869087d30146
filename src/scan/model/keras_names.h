// Which classes and functions a configuration of Keras may name: those that make layers and do
// arithmetic. Keras looks names up in whatever module it is told, its own loaders among them.
#pragma once

#include <string_view>

namespace weighlock::scan {

bool IsKerasClass(std::string_view module, std::string_view name);
bool IsKerasFunction(std::string_view module, std::string_view name);

}  // namespace weighlock::scan
