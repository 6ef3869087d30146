// Which release of transformers removes what was found, and what it wants installed with it.
#pragma once

#include <vector>

#include "check/situation.h"

namespace weighlock {

// Judges the package again in every release from the target's on, oldest first: sets removed_by of
// the findings of kDiffers and kFail, and returns the first release in which none of either is
// left. Linear in the releases.
CheckAdvice Advise(const Situation& situation, std::vector<CheckFinding>& findings);

// Adds to the advice what each of the findings, with what removes it, asks for.
void AddSteps(const std::vector<CheckFinding>& findings, CheckAdvice& advice);

}  // namespace weighlock
