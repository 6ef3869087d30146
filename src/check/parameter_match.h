// What a model finds of itself in a file of weights, as from_pretrained matches names.
#pragma once

#include <string>
#include <vector>

#include "check/situation.h"
#include "compat/families.h"
#include "weighlock/model.h"

namespace weighlock {

struct ShapeMismatch {
  size_t file;  // an artefact
  const Tensor* tensor;
  const ExpectedParameter* parameter;
  std::vector<uint64_t> shape;  // the tensor's, or that of all that are stacked with it
};

// Borrows the package and the expected model.
struct ParameterMatch {
  std::vector<const ExpectedParameter*> missing;  // in the model's order
  std::vector<const Tensor*> unexpected;          // in the files' order
  std::vector<ShapeMismatch> mismatched;          // by file, in the order the target meets them
  // Weights of the bare model and of a head side by side, without the prefix that tells them
  // apart: 4.10 to 4.57 refuse them.
  bool is_corrupted = false;
  // One of those that the target would stack into one parameter, and cannot; or null.
  const Tensor* unstackable = nullptr;
};

// O((tensors + parameters) log).
ParameterMatch Match(const Situation& situation, const ExpectedModel& model, const WeightSet& set);

}  // namespace weighlock
