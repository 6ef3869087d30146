// Where the steps of a plan write.
#pragma once

#include <vector>

#include "weighlock/adapt.h"

namespace weighlock {

// Gives unpickled objects whose names would meet others' their whole name: scheduler.pt and
// scheduler.bin become scheduler.pt.json and scheduler.bin.json.
void KeepUnpickledApart(std::vector<Step>& steps);

// That what is written can be read again, as a folder and as any archive: each path is written
// once, and no two of them meet. kUnsupported; kUsage where --keep asks for what cannot be.
Status CheckOutputs(const std::vector<Step>& steps, const Limits& limits);

}  // namespace weighlock
