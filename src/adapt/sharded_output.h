// Weights written as shards under an index, the way that save_pretrained does it.
#pragma once

#include <functional>
#include <string>

#include "package/tensor_bytes.h"
#include "weighlock/convert.h"

namespace weighlock {

// Writes `list`, read from `input`, into a new folder, that of `output` (FOLDER/model.safetensors):
// shards of at most options.max_shard_bytes of tensors (a larger tensor has a shard of its own) and
// their index, or the one file where all fits into it. All of the folder appears at once.
// `before_commit` may still refuse. kConflict: it exists.
Status WriteShards(TensorList list, WeightsForm form, const std::string& input,
                   const std::string& output, const ConvertOptions& options,
                   const std::function<Status()>& before_commit, ConvertReport& report);

}  // namespace weighlock
