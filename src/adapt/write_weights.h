// One file of weights, from the list of its tensors to the proof.
#pragma once

#include <string>
#include <vector>

#include "package/tensor_bytes.h"
#include "base/file.h"
#include "weighlock/convert.h"

namespace weighlock {

// Lays `list` out as `form`, writes it into `out` from its start, reads it back and proves it.
// Adds to `report`. Returns the CRC-32s by tensor, where the layout or the list's checksums need
// them. Errors of planning and of the proof carry `where`, as those of writing do.
Result<std::vector<uint32_t>> WriteWeights(TensorList& list, WeightsForm form,
                                           const FileHandle& out, const std::string& where,
                                           const ConvertOptions& options, ConvertReport& report);

}  // namespace weighlock
