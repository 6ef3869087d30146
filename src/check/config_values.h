// Values of config.json and generation_config.json of a type that their readers do not expect.
#pragma once

#include <vector>

#include "check/situation.h"

namespace weighlock {

// Adds what kb/config_uses.json says of them to what the stages and the rules have found, where
// those do not know the words already, and takes out what they only suspected of sizes.
void AddConfigValues(const Situation& situation, std::vector<CheckFinding>& findings);

}  // namespace weighlock
