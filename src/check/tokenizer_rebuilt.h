// What a tokenizer's class makes anew, whatever tokenizer.json says.
#pragma once

#include <vector>

#include "check/situation.h"
#include "check/tokenizer_class.h"

namespace weighlock {

// Of a fast class that is made anew from the slow one's vocabulary, with a tokenizer.json beside it
// that says what the package's tokenizer did.
std::vector<CheckFinding> JudgeMadeFromSlow(const Situation& s, const TokenizerClass& tokenizer);

// Requires that tokenizer.json is there, can be read, and is what the class is made from.
std::vector<CheckFinding> JudgeRebuilt(const Situation& s, const TokenizerClass& tokenizer);

}  // namespace weighlock
