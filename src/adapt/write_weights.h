// One file of weights, from the list of its tensors to the proof.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "package/tensor_bytes.h"
#include "weighlock/convert.h"

namespace weighlock {

// Lays `list` out as `form`, writes it into `out` from its start, reads it back and proves it.
// Adds to `report`. Returns the CRC-32s by tensor, where the layout or the list's checksums need
// them. Errors of planning, which are the tensors', carry `input`; those of writing and of the
// proof `output`.
Result<std::vector<uint32_t>> WriteWeights(TensorList& list, WeightsForm form,
                                           const FileHandle& out, const std::string& input,
                                           const std::string& output, const ConvertOptions& options,
                                           ConvertReport& report);

}  // namespace weighlock
