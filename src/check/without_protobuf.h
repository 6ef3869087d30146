// What a target without protobuf says of every tokenizer that it cannot make.
#pragma once

#include "check/situation.h"

namespace weighlock {

// From 4.45 to 5.5 the handler of whatever a tokenizer's class raises asks protobuf for one of its
// exceptions first, and where there is no protobuf only that is heard of.
void HearOnlyOfProtobuf(const Situation& situation, std::vector<CheckFinding>& findings);

}  // namespace weighlock
