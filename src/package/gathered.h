// Tensors whose elements do not lie as formats want them, read as if they did.
#pragma once

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"

namespace weighlock {

// Whether the tensor's bytes are not its elements in row-major order and little-endian.
bool NeedsGathering(const Tensor& tensor);

// The elements of `tensor`, a strided view or big-endian, in row-major order and little-endian: a
// source that reads `file` (where tensor.data counts) anew at each read, and holds nothing but a
// block. Requires what the torch reader has proven: every element lies in tensor.data. kLimit: a
// view of more than 64 dimensions, or one that repeats its elements beyond limits.unpacked_ratio.
Result<ByteSource> Gathered(const Tensor& tensor, const ByteSource& file, const Limits& limits);

}  // namespace weighlock
