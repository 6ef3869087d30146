// As check does (WL-W-050), but of all sets, whichever of them the target takes.
#include "adapt/contradictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapt/weights_group.h"
#include "base/escape.h"
#include "package/tensor_samples.h"

namespace weighlock {
namespace {

using Tensors = std::map<std::string_view, PlacedTensor>;

Tensors TensorsOf(const Package& package, const WeightSet& set) {
  Tensors tensors;
  for (const size_t file : set.files) {
    if (!package.artefacts[file].model) continue;
    for (const Tensor& tensor : package.artefacts[file].model->tensors) {
      tensors.emplace(tensor.name, PlacedTensor{&tensor, file});
    }
  }
  return tensors;
}

// The first tensor that differs, in words. A name that one of them lacks tells nothing: tied
// weights stand once in safetensors and twice in a pickle.
std::string Difference(const OpenedPackage& opened, const Tensors& a, const Tensors& b) {
  for (const auto& [name, here] : a) {
    const auto there = b.find(name);
    if (there == b.end()) continue;
    const Tensor &x = *here.tensor, &y = *there->second.tensor;
    if (x.shape != y.shape || x.dtype != y.dtype) {
      return fmt::format("{} has another shape or dtype", Escape(std::string(name)));
    }
    if (SamplesDiffer(opened, here, there->second)) {
      return fmt::format("{} has other values", Escape(std::string(name)));
    }
  }
  return {};
}

bool IsLeftOut(const std::string& path, const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    return step.action == Action::kDrop &&
           std::find(step.inputs.begin(), step.inputs.end(), path) != step.inputs.end();
  });
}

}  // namespace

void NoteContradictions(const OpenedPackage& opened, Plan& plan) {
  const Package& package = opened.package;
  std::map<std::string, const WeightSet*> first;  // by folder and stem
  for (const WeightSet& set : package.weights) {
    const std::string path = PathOf(package, set);
    const std::string_view stem = TorchStem(set.stem);
    if (stem.empty()) continue;
    const std::string key = path.substr(0, path.rfind('/') + 1) + std::string(stem);
    const auto [place, is_new] = first.emplace(key, &set);
    if (is_new) continue;
    const WeightSet& other = *place->second;
    const std::string difference =
        Difference(opened, TensorsOf(package, other), TensorsOf(package, set));
    if (difference.empty()) continue;
    const std::string beside = PathOf(package, other);
    const bool out = IsLeftOut(path, plan), other_out = IsLeftOut(beside, plan);
    plan.notes.push_back(fmt::format(
        "{} and {} disagree: {}; {}", Escape(beside), Escape(path), difference,
        out         ? Escape(path) + " is left out"
        : other_out ? Escape(beside) + " is left out"
                    : "both are kept, and which of them is loaded hangs on the release"));
  }
}

}  // namespace weighlock
