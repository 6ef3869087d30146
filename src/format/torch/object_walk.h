// Walks the object of a torch file: finds its tensors, names them, and says what else there is.
// Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/torch/storages.h"
#include "format/torch/torch_tensors.h"
#include "pickle/pickle.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

// Appends to the tensors, extras, notes and globals of `model`. Without recursion; the work is
// bounded by a small multiple of the pickle's size, however much the object shares its parts.
Status WalkObject(const pickle::Pickle& pickle, const Storages& storages, const Limits& limits,
                  Model& model);

// One line about a value: "int 3", "str \"adam\"", "list of 2". Strings are quoted and cut.
std::string Describe(const pickle::PickleGraph& graph, pickle::ValueId id);

}  // namespace weighlock::torch
