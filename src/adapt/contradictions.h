// Sets of weights of one folder that do not hold the same.
#pragma once

#include "package/package_reader.h"
#include "weighlock/adapt.h"

namespace weighlock {

// A note for each set that disagrees with the first of its folder and stem: which of them is loaded
// hangs on the release, and nothing says so there. What is not in reach is not compared.
void NoteContradictions(const OpenedPackage& opened, Plan& plan);

}  // namespace weighlock
