// Training state, or any other object of a pickle, as JSON and safetensors.
#pragma once

#include <string>

#include "weighlock/convert.h"

namespace weighlock {

// Writes the object in the file `input` to the new file `output` (X.json), and its tensors, where
// it has any, to the new file X.safetensors beside it. The JSON appears last, and only when the
// tensors are whole. kConflict: either exists.
Result<ConvertReport> ConvertObject(const std::string& input, const std::string& output,
                                    const ConvertOptions& options);

// The way back: the JSON in `input`, and the tensors in the file that it names beside it, as a
// torch zip `output`. The report's notes say what loading that would import: it is a pickle again.
Result<ConvertReport> ConvertJson(const std::string& input, const std::string& output,
                                  const ConvertOptions& options);

}  // namespace weighlock
