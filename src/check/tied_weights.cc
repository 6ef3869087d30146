// Weights that the model ties, saved twice with different values: one of the two is given up.
#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "check/situation.h"
#include "package/tensor_samples.h"

namespace weighlock {

std::vector<CheckFinding> JudgeTiedWeights(const Situation& s, const ExpectedModel& model,
                                           const WeightSet& set) {
  // Where the configuration does not say so itself, its class decides, which old files did not
  // know.
  const JsonValue* config = s.files.config.get();
  const bool ties = config != nullptr && config->FindTrue("tie_word_embeddings");
  // From 5.0 on what is saved twice is not tied.
  if (!ties || s.TransformersIs(">=5.0.0")) return {};
  std::map<std::string_view, PlacedTensor> tensors;
  for (const size_t file : set.files) {
    for (const Tensor& tensor : s.package().artefacts[file].model->tensors) {
      tensors.emplace(tensor.name, PlacedTensor{&tensor, file});
    }
  }
  for (const auto& [name, other] : model.tied) {
    const auto a = tensors.find(name), b = tensors.find(other);
    if (!name.ends_with(".weight") || a == tensors.end() || b == tensors.end()) continue;
    const Tensor &one = *a->second.tensor, &two = *b->second.tensor;
    if (one.shape != two.shape || one.dtype != two.dtype) continue;
    if (!SamplesDiffer(s.opened, a->second, b->second)) continue;
    const std::string path = s.package().artefacts[set.index.value_or(set.files[0])].path;
    CheckFinding finding = MakeFinding(
        Stage::kWeights, Verdict::kDiffers, "WL-W-111",
        fmt::format("config.json ties {} to {}, and {} holds both with different values: the "
                    "target takes one for the two, and says nothing",
                    Escape(name), Escape(other), Escape(path)),
        s.files.config.path);
    finding.pointer = "/tie_word_embeddings";
    finding.source =
        "tie_weights of modeling_utils.py; logits compared in transformers 4.33.3 to 5.12.0";
    return {std::move(finding)};
  }
  return {};
}

}  // namespace weighlock
