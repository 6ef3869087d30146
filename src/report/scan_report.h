// A scan for people and for machines (docs/json.md, weighlock-scan/1).
#pragma once

#include <string>

#include "weighlock/scan.h"

namespace weighlock {

std::string ScanText(const ScanReport& report);
std::string ScanJson(const ScanReport& report);

}  // namespace weighlock
