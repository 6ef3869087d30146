// The table of adaptations.
#include "report/adaptations.h"

#include <fmt/format.h>

namespace weighlock {
namespace {

struct Adaptation {
  std::string_view id, text;
};
constexpr Adaptation kAdaptations[] = {
    {"W1", "the weights as one pytorch_model.bin"},
    {"W2", "the shards as one file"},
    {"W3", "the weights as safetensors"},
    {"W4", "metadata with format pt (also: weighlock convert FILE --set-metadata format=pt)"},
    {"W5", "an index that says what the shards hold (by hand)"},
    {"W6",
     "tensor names without the prefix (adapt takes off module. and _orig_mod., others by hand)"},
    {"S1", "training state as JSON and safetensors (weighlock adapt --no-pickle)"},
    {"A1", "adapter_config.json without the keys that have their default"},
    {"A2", "the adapter merged into its base model (merge_and_unload)"},
    {"A3", "the weights as adapter_model.bin"},
    {"C1", "the keys of before transformers 5, rope_theta and the like, from rope_parameters"},
    {"C3", "numbers of the type that is wanted: 8.0, 32 (adapt does it in rope_scaling)"},
    {"C4", "a model_type in config.json"},
    {"P1", "its files at the top (weighlock pack FOLDER OUT.tar.gz --layout sagemaker)"},
    {"P2",
     "nothing that only training or a desktop left (weighlock pack --exclude-training-state)"},
    {"P3", "what is packed, unpacked (weighlock unpack ARCHIVE FOLDER)"},
    {"P4", "files in place of links (weighlock pack --follow-links)"},
    {"P5", "a model archive (torch-model-archiver)"},
    {"T1", "merges as text, \"a b\" in place of [\"a\", \"b\"]"},
    {"T2", "add_prefix_space in every Metaspace"},
    {"T3", "tokenizer_class PreTrainedTokenizerFast"},
    {"T4", "additional_special_tokens in place of extra_special_tokens"},
    {"T5", "chat_template of tokenizer_config.json as in chat_template.jinja"},
};

}  // namespace

std::optional<AdaptationPage> FindAdaptation(std::string_view id) {
  for (const Adaptation& adaptation : kAdaptations) {
    if (adaptation.id == id) {
      return AdaptationPage{std::string(id), std::string(adaptation.text), {}};
    }
  }
  return std::nullopt;
}

std::string AdaptationText(std::string_view id) {
  for (const Adaptation& adaptation : kAdaptations) {
    if (adaptation.id == id) return fmt::format("{}, {}", id, adaptation.text);
  }
  return std::string(id);
}

}  // namespace weighlock
