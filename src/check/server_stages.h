// What of transformers' own words holds where a server reads the weights, or all of a package, with
// code of its own.
#pragma once

#include <vector>

#include "check/situation.h"

namespace weighlock {

// TGI and vLLM read configuration and tokenizer with transformers, and weights themselves; TEI
// reads all of them itself. Findings that do not hold there are taken out, those of which it is not
// known become kRisk, and messages go that only transformers says.
void HearOnlyOfServer(const Situation& situation, std::vector<CheckFinding>& findings);

}  // namespace weighlock
