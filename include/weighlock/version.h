// The release that this library is.
#pragma once

namespace weighlock {

inline constexpr const char* kVersionText = "weighlock 0.1.0";

}  // namespace weighlock
