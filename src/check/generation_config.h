// Which models write, and so read generation_config.json.
#pragma once

#include "check/situation.h"

namespace weighlock {

bool CanWrite(const Situation& situation);

}  // namespace weighlock
