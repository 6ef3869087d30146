// What a tokenizer's class makes anew, whatever tokenizer.json says.
#pragma once

#include <vector>

#include "check/situation.h"
#include "check/tokenizer_class.h"

namespace weighlock {

// Requires that tokenizer.json is there, can be read, and is what the class is made from.
std::vector<CheckFinding> JudgeRebuilt(const Situation& s, const TokenizerClass& tokenizer);

}  // namespace weighlock
