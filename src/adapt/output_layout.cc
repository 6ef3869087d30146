// Each format lays tensors out by rules of its own; here a form is matched with the room that knows
// them.
#include "adapt/output_layout.h"

#include <fmt/format.h>

#include "adapt/tied.h"
#include "base/escape.h"
#include "format/safetensors/safetensors_writer.h"
#include "format/torch/torch_writer.h"

namespace weighlock {

std::string_view FormText(WeightsForm form) {
  switch (form) {
    case WeightsForm::kSafetensors:
      return "safetensors";
    case WeightsForm::kTorchZip:
      return "torch zip";
    case WeightsForm::kTorchLegacy:
      return "legacy torch";
  }
  return "safetensors";
}

Result<Layout> PlanOutput(TensorList& list, WeightsForm form) {
  if (form != WeightsForm::kSafetensors) {
    for (const auto& [key, value] : list.metadata) {
      list.notes.push_back(
          fmt::format("left out: metadata {}, for which torch has no place", Quote(key)));
    }
    return PlanTorch(
        list.tensors, list.aliases,
        form == WeightsForm::kTorchZip ? TorchContainer::kZip : TorchContainer::kLegacy);
  }
  SafetensorsMetadata metadata = DropAliases(list);
  for (const auto& [removed, kept] : metadata) {
    list.notes.push_back(fmt::format("tensor {} has the bytes of {}: the metadata says so",
                                     Quote(removed), Quote(kept)));
  }
  // Loaders of many releases fail without it.
  metadata["format"] = "pt";
  for (const auto& [key, value] : list.metadata) metadata[key] = value;
  return PlanSafetensors(list.tensors, metadata);
}

}  // namespace weighlock
