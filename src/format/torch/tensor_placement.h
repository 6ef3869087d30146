// Where a view lies in its storage, and the proof that it lies there. Private to this room.
#pragma once

#include <vector>

#include "format/torch/storages.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

// What a tensor says of itself: sizes and strides in elements, and its first element.
struct TensorGeometry {
  Shape shape;
  std::vector<int64_t> strides;
  uint64_t first = 0;  // in elements of the view
};

// The tensor of `dtype` over `view` of `storage`, without its name. kMalformed, without a place, as
// what the tensor's maker does wrong ("makes a tensor ..."): it does not fit, or cannot be counted.
Result<Tensor> PlaceInStorage(const Storage& storage, const StorageView& view, DType dtype,
                              const TensorGeometry& geometry);

}  // namespace weighlock::torch
