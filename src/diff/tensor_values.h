// The values of two tensors, compared block by block.
#pragma once

#include "base/byte_source.h"
#include "weighlock/diff.h"

namespace weighlock {

// A tensor and the source that its contiguous, little-endian bytes are read from.
struct TensorSide {
  const Tensor* tensor;
  const ByteSource* file;
};

// Requires one shape on both sides. Of two dtypes the values are compared as numbers; nothing where
// either type holds none. Errors: those of reading, with the place.
Result<std::optional<ValueDistance>> CompareValues(const TensorSide& a, const TensorSide& b);

}  // namespace weighlock
