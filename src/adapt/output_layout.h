// The layout of an output, whatever its format.
#pragma once

#include "model/layout.h"
#include "package/tensor_bytes.h"
#include "weighlock/convert.h"

namespace weighlock {

// Lays out all tensors of the list. For safetensors the list loses its aliases: one name is kept
// for the same bytes (tied.h), the others go into the metadata. Errors as of the format's planner.
Result<Layout> PlanOutput(TensorList& list, WeightsForm form);

}  // namespace weighlock
