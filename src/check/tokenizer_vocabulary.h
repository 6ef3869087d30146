// The vocabulary files that a tokenizer is made from, where tokenizer.json does not make it.
#pragma once

#include <vector>

#include "check/situation.h"
#include "check/tokenizer_class.h"

namespace weighlock {

// What is missing of them, or cannot be read: one finding at most. Nothing where the class is not
// known, or is made from tokenizer.json.
std::vector<CheckFinding> JudgeVocabulary(const Situation& s, const TokenizerClass& tokenizer);

}  // namespace weighlock
