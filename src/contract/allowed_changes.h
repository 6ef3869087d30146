// Upgrades that a team can make, as runtime.may_change spells them.
#pragma once

#include <string>
#include <string_view>

#include "weighlock/contract.h"

namespace weighlock {

// "transformers<=4.49": the versions that a package of the runtime may become.
struct AllowedChange {
  std::string component;
  Component versions;  // with neither version nor range: any
};

// kUsage.
Result<AllowedChange> ParseAllowedChange(std::string_view text);

}  // namespace weighlock
