// What a model finds of itself in a file of weights, as from_pretrained matches names.
#pragma once

#include <compare>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "check/situation.h"
#include "compat/expected_models.h"
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

// How a release puts names and parameters together.
struct Matching {
  bool tensorflow_words = false;  // gamma and beta anywhere in a name, up to 4.48
  bool refuses_mixtures = false;  // of prefixed and other names, from 4.10 on
  bool in_model_order = false;    // and not in that of the files, up to 4.50
  bool name_by_name = false;      // from 5.0 on, and not all of them by one rule

  static Matching Of(const Situation& situation);
  auto operator<=>(const Matching&) const = default;
};

// O((tensors + parameters) log).
ParameterMatch Match(const Package& package, const ExpectedModel& model, const WeightSet& set,
                     const Matching& matching);

// The models of a package and what they find of themselves, for one release after the other: what
// is the same in many is made once. Borrows the package and all it is given.
class ModelMatches {
 public:
  // `config` may be null: all is as it is by default.
  ModelMatches(const Package& package, const Families& families, const JsonValue* config);

  // As Families::Expect; null: no such model.
  const ExpectedModel* Expect(std::string_view class_name, const Target& target) {
    return models_.Of(class_name, target);
  }
  // The first size of which its constructor makes no model; null: none.
  const SizeFault* SizeFaultOf(std::string_view class_name, const Target& target) {
    return models_.SizeFaultOf(class_name, target);
  }
  // As Match, of a model that Expect gave.
  const ParameterMatch& Of(const Situation& situation, const ExpectedModel& model,
                           const WeightSet& set);

 private:
  using Key = std::tuple<const ExpectedModel*, std::vector<size_t>, Matching>;

  const Package& package_;
  ExpectedModels models_;
  std::map<Key, ParameterMatch> matches_;
};

}  // namespace weighlock
