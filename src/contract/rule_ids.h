// The ids of all rules of check: what a waiver may name.
#pragma once

#include <string>
#include <vector>

#include "weighlock/result.h"

namespace weighlock {

// As kb/rules.json and kb/check.json have them.
Result<std::vector<std::string>> RuleIds();

}  // namespace weighlock
