// numpy arrays in pickles: from the call that makes one to its dtype, shape and bytes. Private to
// this room.
#pragma once

#include <optional>

#include "pickle/pickle.h"
#include "weighlock/model.h"

namespace weighlock::torch {

struct NumpyArray {
  Tensor tensor;          // without name and place; strides where the array is in Fortran's order
  pickle::ValueId bytes;  // the value that PickledBytes reads
};

// The array that `id` would be: numpy.core.multiarray._reconstruct (numpy._core since 2.0) with the
// state (version, shape, dtype, Fortran's order, bytes). Nothing for other values, and for arrays
// of objects, texts, records and the types that tensors do not have.
std::optional<NumpyArray> ReadNumpyArray(const pickle::PickleGraph& graph, pickle::ValueId id);

}  // namespace weighlock::torch
