// From a package and a target to the list of steps, without any I/O.
#pragma once

#include "compat/knowledge.h"
#include "compat/releases.h"
#include "weighlock/adapt.h"

namespace weighlock {

// What plans are made from, besides the package.
struct PlanInputs {
  const Target& target;
  const Knowledge& knowledge;
  const Releases& releases;
  const AdaptOptions& options;
};

Result<Plan> MakePlan(const Package& package, const PlanInputs& inputs);

// kUnsupported, with the way out, where the plan says that nothing can be done.
Status RefuseImpossible(const Plan& plan, const std::string& package);

// Where the tensors of an unpickled object go: the path of its JSON, with .safetensors at its end.
std::string TensorsBeside(const std::string& json_path);

}  // namespace weighlock
