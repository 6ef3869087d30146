// From a package and a target to the list of steps, without any I/O.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "adapt/json_repairs.h"
#include "compat/knowledge.h"
#include "compat/peft_releases.h"
#include "compat/releases.h"
#include "weighlock/adapt.h"

namespace weighlock {

// What plans are made from, besides the package.
struct PlanInputs {
  const Target& target;
  const Knowledge& knowledge;
  const Releases& releases;
  const PeftReleases& peft;
  const AdaptOptions& options;
  // The content of a small file of the package, where it is in reach. Without it nothing is
  // rewritten.
  std::function<std::optional<std::string>(const std::string& path)> content = {};
  // Artefacts that may not be kept, and why.
  std::map<std::string, std::string> condemned = {};
};

Result<Plan> MakePlan(const Package& package, const PlanInputs& inputs);

// kUnsupported, with the way out, where the plan says that nothing can be done.
Status RefuseImpossible(const Plan& plan, const std::string& package);

// A file of the package with the repairs that the target wants; nothing where it wants none, or the
// content is not in reach.
std::optional<RepairedJson> RepairedFile(const Package& package, const std::string& path,
                                         const PlanInputs& inputs);

// Where the tensors of an unpickled object go: the path of its JSON, with .safetensors at its end.
std::string TensorsBeside(const std::string& json_path);

}  // namespace weighlock
