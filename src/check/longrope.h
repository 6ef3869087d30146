// The factors of Phi-3's rotary embedding, which its configuration counts.
#pragma once

#include <vector>

#include "check/situation.h"

namespace weighlock {

std::vector<CheckFinding> JudgeLongrope(const Situation& situation);

}  // namespace weighlock
