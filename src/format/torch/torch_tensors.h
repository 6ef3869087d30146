// torch's rebuild functions: from a symbolic call to a tensor over a storage. Nothing is called.
#pragma once

#include <optional>
#include <string>

#include "format/torch/storages.h"
#include "pickle/pickle.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

// What a value turned out to be.
struct TensorOutcome {
  bool is_tensor = false;        // a tensor or parameter of some kind
  std::optional<Tensor> tensor;  // without its name; none where its bytes are not all of it:
  std::string why_not;           // "sparse", "conjugate view", ...
  std::string extra;             // what else belongs to it: "quantised per tensor"
  std::string attributes;        // what a program hung on it, and no reader asks for: "note, user"
};

class TensorReader {
 public:
  TensorReader(const pickle::Pickle& pickle, const Storages& storages)
      : pickle_(pickle), graph_(pickle.graph), storages_(storages) {}

  // Errors: kMalformed where a rebuild function is given arguments that torch would refuse, or a
  // tensor does not lie in its storage.
  Result<TensorOutcome> Read(pickle::ValueId id) const;

 private:
  // A function and its arguments, wrappers such as Parameter taken off.
  struct Rebuild {
    std::string_view name;  // of torch._utils; empty where the value is no tensor
    std::vector<pickle::ValueId> args;
    pickle::ValueId at = pickle::kNoValue;
    std::string attributes = {};  // of torch's own classes
    std::string foreign = {};     // attributes of a class that is not torch's, and its name
  };

  static TensorOutcome Named(const Tensor& tensor);
  Result<Rebuild> Unwrap(pickle::ValueId id) const;
  bool UnwrapOnce(Rebuild& call, pickle::ValueId& next) const;
  void KeepAttributes(const std::string& type, pickle::ValueId state, Rebuild& call) const;
  bool FromState(pickle::ValueId id, Rebuild& call, pickle::ValueId& next) const;
  Result<TensorOutcome> Build(const Rebuild& call) const;
  Status ReadDType(const Rebuild& call, Tensor& tensor) const;
  Status ReadSizes(const Rebuild& call, Shape& shape, std::vector<int64_t>& strides) const;
  Status Place(const Rebuild& call, const Shape& shape, const std::vector<int64_t>& strides,
               Tensor& tensor) const;
  std::optional<std::vector<uint64_t>> Counts(pickle::ValueId id) const;
  Error Fail(const Rebuild& call, std::string wants) const;

  const pickle::Pickle& pickle_;
  const pickle::PickleGraph& graph_;
  const Storages& storages_;
};

// The dotted name of the class or function that a call names: "torch._utils._rebuild_tensor_v2",
// in its Python 3 spelling. Empty where it is not a name.
std::string CalleeName(const pickle::PickleGraph& graph, pickle::ValueId callee);

}  // namespace weighlock::torch
