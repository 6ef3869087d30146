// From a package and a target to the list of steps, without any I/O.
#pragma once

#include "compat/knowledge.h"
#include "weighlock/adapt.h"

namespace weighlock {

Result<Plan> MakePlan(const Package& package, const Target& target, const Knowledge& knowledge,
                      const AdaptOptions& options);

// Where the tensors of an unpickled object go: the path of its JSON, with .safetensors at its end.
std::string TensorsBeside(const std::string& json_path);

}  // namespace weighlock
