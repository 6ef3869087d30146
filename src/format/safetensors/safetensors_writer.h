// A safetensors file laid out as the reference writer does it, and the same on every run.
//
// docs/formats/safetensors.md, "Bytes". Where the reference leaves the order open (metadata with
// more than one key), keys go in byte order.
#pragma once

#include <map>
#include <span>
#include <string>

#include "model/layout.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

using SafetensorsMetadata = std::map<std::string, std::string>;

// The layout of `tensors`, by dtype (widest first) and then name. Pieces name tensors by their
// index in the span. kUnsupported names the tensor and the dtype that safetensors lacks;
// kMalformed, a name that is no UTF-8; kLimit, a header beyond what readers take.
Result<Layout> PlanSafetensors(std::span<const Tensor> tensors,
                               const SafetensorsMetadata& metadata);

// The header (without the 8 bytes of its size) of a file whose tensors stand already, in their
// order and at their data.offset, counted from `data_start`. Padded to 8 bytes.
Result<std::string> SafetensorsHeader(std::span<const Tensor> tensors, uint64_t data_start,
                                      const SafetensorsMetadata& metadata);

}  // namespace weighlock
