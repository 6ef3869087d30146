// What single keys of tokenizer_config.json make of a tokenizer. Each adds a finding at most.
#pragma once

#include <vector>

#include "check/situation.h"
#include "check/tokenizer_class.h"

namespace weighlock {

// Special tokens are text; from 3.4 on objects too, which say more of them, and that they are
// tokens.
void JudgeTokenObjects(const Situation& s, const TokenizerClass& tokenizer,
                       std::vector<CheckFinding>& findings);

// A key of tokenizer_config.json becomes an attribute, and must not be the name of a method.
void JudgeMethods(const Situation& s, const TokenizerClass& tokenizer,
                  std::vector<CheckFinding>& findings);

// Two files say whether capital letters are lowered. The fast classes follow tokenizer_config.json,
// what reads tokenizer.json alone does not.
void JudgeLowercase(const Situation& s, const TokenizerClass& tokenizer,
                    std::vector<CheckFinding>& findings);

// Values that the tokenizers library refuses: parts of added tokens, and what BERT's classes make
// their normalizer of.
void JudgeLibraryArguments(const Situation& s, const TokenizerClass& tokenizer,
                           std::vector<CheckFinding>& findings);

}  // namespace weighlock
