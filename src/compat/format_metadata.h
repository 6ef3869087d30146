// The framework that a safetensors file of weights names in its metadata, as releases of
// transformers take it.
#pragma once

#include <string>
#include <string_view>

#include "weighlock/model.h"
#include "weighlock/target.h"

namespace weighlock {

struct FormatMetadata {
  std::string value = "None";  // as Python tells it
  bool is_foreign = false;     // TensorFlow or Flax wrote it
  // The table of kb/weights.json with what the target says of it; empty: it takes the file, or
  // leaves it to the framework that wrote it.
  std::string_view refusal;
};

// `model` is that of the file that the target opens first, `sharded` whether there are others.
FormatMetadata JudgeFormatMetadata(const Model& model, bool sharded, const Target& target);

}  // namespace weighlock
