// added_tokens.json before 4.34: each of its tokens must be where it says, in the tokenizer that
// was made.
#pragma once

#include <vector>

#include "check/situation.h"
#include "check/tokenizer_class.h"

namespace weighlock {

// What is raised where one is not: one finding at most. Requires that the tokenizer is made;
// nothing where the size of its vocabulary is not known.
std::vector<CheckFinding> JudgeAddedTokens(const Situation& s, const TokenizerClass& tokenizer);

}  // namespace weighlock
