// A name that loaders make up themselves is the one to leave out; among others, the first stays.
#include "adapt/tied.h"

#include <algorithm>
#include <array>
#include <vector>

namespace weighlock {
namespace {

// Names, whole or behind a dot, that models tie to another weight when they are built
// (transformers' _tied_weights_keys of the common families).
constexpr std::array<std::string_view, 9> kMadeUpByLoaders = {
    "lm_head.weight",
    "embed_out.weight",
    "encoder.embed_tokens.weight",
    "decoder.embed_tokens.weight",
    "cls.predictions.decoder.weight",
    "cls.predictions.decoder.bias",
    "lm_head.decoder.weight",
    "lm_head.decoder.bias",
    "vocab_projector.weight",
};

bool IsMadeUp(std::string_view name) {
  return std::any_of(kMadeUpByLoaders.begin(), kMadeUpByLoaders.end(), [&](std::string_view tied) {
    return name == tied || (name.ends_with(tied) && name[name.size() - tied.size() - 1] == '.');
  });
}

}  // namespace

SafetensorsMetadata DropAliases(TensorList& list) {
  std::vector<std::vector<std::string>> names(list.tensors.size());
  for (const TensorAlias& alias : list.aliases) names[alias.tensor].push_back(alias.name);
  list.aliases.clear();
  SafetensorsMetadata removed;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    std::string& kept = list.tensors[i].name;
    names[i].push_back(kept);
    kept = *std::min_element(names[i].begin(), names[i].end(),
                             [](const std::string& a, const std::string& b) {
                               // As a key of the metadata it has a meaning of its own.
                               if ((a == "format") != (b == "format")) return a == "format";
                               const bool made_up_a = IsMadeUp(a), made_up_b = IsMadeUp(b);
                               return made_up_a != made_up_b ? made_up_b : a < b;
                             });
    for (const std::string& name : names[i]) {
      if (name != kept) removed[name] = kept;
    }
  }
  return removed;
}

}  // namespace weighlock
