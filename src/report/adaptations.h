// What could be done to a package, by its short name.
#pragma once

#include <string>
#include <string_view>

namespace weighlock {

// "W1, the weights as one pytorch_model.bin".
std::string AdaptationText(std::string_view id);

}  // namespace weighlock
