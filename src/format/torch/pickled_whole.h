// What the object of a torch file is, before one looks into it. Private to this room.
#pragma once

#include "format/torch/storages.h"
#include "pickle/pickle.h"
#include "weighlock/model.h"

namespace weighlock::torch {

// Looks at the object and at what stands at once in it, no deeper.
PickledWhole WholeOf(const pickle::Pickle& pickle, const Storages& storages);

}  // namespace weighlock::torch
