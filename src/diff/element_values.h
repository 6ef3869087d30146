// Elements of any dtype as numbers.
#pragma once

#include <cstddef>

#include "weighlock/model.h"

namespace weighlock {

// How a dtype's elements become numbers: each is `parts` (two for complex) parts of `bytes` bytes,
// little-endian, that `value` reads. Exact in a double for all but 64-bit integers. `value` is null
// where the type holds no numbers that stand for themselves (quantised, packed, bits).
struct ElementValues {
  size_t bytes = 0;
  size_t parts = 1;
  double (*value)(const std::byte* at) = nullptr;
};
ElementValues ValuesOf(DType dtype);

}  // namespace weighlock
