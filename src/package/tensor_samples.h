// Two tensors of one package, and whether they hold the same.
#pragma once

#include <cstddef>

#include "package/package_reader.h"

namespace weighlock {

struct PlacedTensor {
  const Tensor* tensor;
  size_t file;  // its place among the package's artefacts
};

// Whether some bytes at their beginning or in their middle differ: weights that were trained
// otherwise differ everywhere. What does not lie there as it is (strides, other byte orders, a
// packed archive) is not compared.
bool SamplesDiffer(const OpenedPackage& opened, const PlacedTensor& a, const PlacedTensor& b);

}  // namespace weighlock
