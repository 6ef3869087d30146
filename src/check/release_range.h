// A package judged for each release that a target may have.
#pragma once

#include "check/situation.h"

namespace weighlock {

// What was found, for a target with one transformers or with several.
struct Judgement {
  std::vector<CheckFinding> findings;
  std::array<StageOutcome, kStages> stages;
  CheckAdvice advice;
};

// Where the target's transformers is a range, each known release in it is judged, and what is found
// says in which of them it holds; else the target as it is. Linear in the releases of the range.
Judgement JudgeAll(const Situation& situation);

}  // namespace weighlock
