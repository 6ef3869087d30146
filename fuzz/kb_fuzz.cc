// A knowledge base of any text.
//
// Promised: no crash; a base that is accepted answers every question about any target.
#include <span>

#include "compat/knowledge.h"
#include "compat/releases.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  if (const auto releases = Releases::Parse(std::as_bytes(std::span(data, size)))) {
    for (const Release& release : releases->all()) {
      (void)releases->KnowsModelType("bert", release.version);
      (void)releases->HasConfigKey("llama", "rope_theta", release.version);
    }
  }
  const auto knowledge = Knowledge::Parse(std::as_bytes(std::span(data, size)));
  if (!knowledge) {
    WL_FUZZ_CHECK(knowledge.error().offset() == kNoOffset || knowledge.error().offset() <= size);
    return 0;
  }
  for (const char* text : {"transformers==4.29.0,torch==1.9.0", "safetensors==present",
                           "peft==0.3.0,safetensors=absent"}) {
    const Target target = *ParseTarget(text);
    for (const Format format : {Format::kSafetensors, Format::kTorchZip, Format::kTorchLegacy}) {
      for (const char* stem : {"model", "pytorch_model", "adapter_model"}) {
        (void)knowledge->JudgeWeights(format, stem, false, target);
        (void)knowledge->JudgeWeights(format, stem, true, target);
      }
    }
    (void)knowledge->ReadsContainer("zip", target);
    (void)knowledge->MissingWeightsMessage(target, "model");
    (void)knowledge->RefusedPickleMessage(target);
  }
  return 0;
}
