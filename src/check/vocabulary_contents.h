// What the vocabulary files hold that a tokenizer is made from: texts that are none, ids that are
// no numbers, merges that join nothing, special tokens that are not there.
#pragma once

#include <vector>

#include "check/situation.h"
#include "check/tokenizer_class.h"
#include "compat/vocabularies.h"

namespace weighlock {

// The first that the class does not take, or takes and makes something else of; one at most.
// Requires that all of `files` are there, of a class that is made from them.
std::vector<CheckFinding> JudgeContents(const Situation& s, const TokenizerClass& tokenizer,
                                        const std::vector<VocabularyFile>& files);

}  // namespace weighlock
