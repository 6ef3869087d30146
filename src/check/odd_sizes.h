// Sizes of config.json that nobody trained a model with: negative, as texts, with a point, beyond
// all measure, heads that do not divide what they share.
#pragma once

#include <vector>

#include "check/situation.h"

namespace weighlock {

// What the target's class of the model makes of them: kFail where the class is in a family of the
// base and its constructor cannot but raise, else kRisk, for the first that is odd. Empty: none is.
std::vector<CheckFinding> JudgeOddSizes(const Situation& situation);

// Takes out of `findings` what JudgeOddSizes said where other rules say more of it.
void HearOnlyOfRules(std::vector<CheckFinding>& findings);

}  // namespace weighlock
