// Conditions behind ";" in a requirement: python_version < "3.9" and sys_platform == "linux".
#pragma once

#include <cstdint>
#include <string_view>

#include "weighlock/target.h"

namespace weighlock {

enum class MarkerAnswer : uint8_t { kHolds, kFails, kUnknown };

// What pip makes of a condition (PEP 508) where a list is installed on a server, which is Linux,
// CPython and 64 bits wide, with no extra asked for. `python` is what is known of its version;
// null: nothing. kUnknown: it hangs on what is not known, or is none that pip reads.
MarkerAnswer AnswerMarker(std::string_view marker, const Component* python);

}  // namespace weighlock
