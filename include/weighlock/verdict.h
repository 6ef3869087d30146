// How a package fares in a target.
#pragma once

#include <cstdint>
#include <string_view>

namespace weighlock {

// Worse is greater. kRisk: cannot be decided from the files. kDiffers: it loads, and may answer
// otherwise than where it was made. kFail: it does not load.
enum class Verdict : uint8_t { kOk, kRisk, kDiffers, kFail };
std::string_view VerdictName(Verdict verdict);  // "OK", "RISK", "DIFFERS", "FAIL"

}  // namespace weighlock
