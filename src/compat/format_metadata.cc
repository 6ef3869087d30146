// The branches of transformers' modeling_utils.py, as conditions of its releases.
#include "compat/format_metadata.h"

#include <algorithm>

#include "compat/known_spec.h"

namespace weighlock {

// modeling_utils.py of transformers 4.26.1, 4.30.2, 4.35.2, 4.45.2, 4.48.3, 4.52.4; 5.0 asks no
// more.
FormatMetadata JudgeFormatMetadata(const Model& model, bool sharded, const Target& target) {
  FormatMetadata format;
  const auto found = std::find_if(model.metadata.begin(), model.metadata.end(),
                                  [](const auto& pair) { return pair.first == "format"; });
  if (found != model.metadata.end()) format.value = found->second;
  format.is_foreign = format.value == "tf" || format.value == "flax";

  const Component* transformers = target.Find("transformers");
  const auto is = [&](std::string_view spec) {
    return transformers != nullptr && transformers->version &&
           KnownSpec(spec)->Contains(*transformers->version);
  };
  if (!is(">=4.23.0,<5.0.0") || format.value == "pt") return format;
  if (format.value == "mlx" && is(">=4.39.0")) return format;
  if (format.is_foreign) {
    if (is("<4.35.0")) format.refusal = "foreign_format";
  } else if (!model.has_metadata) {
    if (is("<4.48.0")) format.refusal = "no_metadata";
  } else {
    format.refusal = sharded ? "no_format_shard" : "no_format";
  }
  return format;
}

}  // namespace weighlock
