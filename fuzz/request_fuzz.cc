// What people and their files ask with: targets, and knowledge bases.
//
// Promised: no crash; a target that is taken has names and readable versions; a base that is taken
// answers every question.
#include <span>

#include "compat/knowledge.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto target = ParseTarget(AsText(bytes));
  if (target) {
    WL_FUZZ_CHECK(!target->components.empty());
    for (const auto& [name, component] : target->components) WL_FUZZ_CHECK(!name.empty());
  }
  const auto knowledge = Knowledge::Parse(bytes);
  if (!knowledge) return 0;
  const Target asked = target ? *target : *ParseTarget("transformers==4.11.3,torch==1.9.0");
  for (const Format format : {Format::kSafetensors, Format::kTorchZip, Format::kTorchLegacy}) {
    for (const bool sharded : {false, true}) {
      (void)knowledge->JudgeWeights(format, "model", sharded, asked);
      (void)knowledge->JudgeWeights(format, "pytorch_model", sharded, asked);
    }
  }
  (void)knowledge->ReadsContainer("zip", asked);
  (void)knowledge->MissingWeightsMessage(asked, "package");
  return 0;
}
