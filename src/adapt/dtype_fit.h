// Whether the target reads tensors of a dtype in the form that they would be written in.
#pragma once

#include <string>
#include <vector>

#include "compat/library_answers.h"
#include "weighlock/convert.h"
#include "weighlock/model.h"
#include "weighlock/target.h"

namespace weighlock {

// Why some version that the target may have of torch, or for safetensors of that library, does not
// read the dtype: "loads from torch 2.2 on, the target has 1.9.1". Empty: all of them do, or the
// target does not say which it has. `safetensors` is the table of that library.
std::string WhyDTypeMisfits(DType dtype, WeightsForm form, const Target& target,
                            const LibraryAnswers& safetensors);

// kUnsupported, with the first tensor that the target would not read in this form; `path` is the
// file that they are in.
Status RefuseMisfits(const std::vector<Tensor>& tensors, WeightsForm form, const Target& target,
                     const std::string& path);

}  // namespace weighlock
