// handover.toml, read.
#pragma once

#include <string>

#include "contract/profiles.h"
#include "weighlock/contract.h"

namespace weighlock {

// The contract at `path`, and the target that its [runtime] describes. kUsage: what is wrong, in
// which line, and the nearest key where one is not known.
Result<GivenTarget> ReadContractTarget(const std::string& path, const ProfileTable& table,
                                       const Limits& limits);

}  // namespace weighlock
