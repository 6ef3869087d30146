// Which values of an object stand in more than one place, and which calls are nothing but a tensor.
// Private to this room.
#pragma once

#include <optional>
#include <vector>

#include "format/torch/torch_object.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::torch {

// Calls that are tensors just as their storage has them, so that a tensor's name can stand for
// them.
class PlainTensors {
 public:
  explicit PlainTensors(const TorchObject& object)
      : graph_(object.pickle.graph), reader_(object.pickle, object.storages) {}

  // Nothing for values that are no tensor, or are more than safetensors can hold: parameters,
  // hooks, attributes, types that it does not have.
  Result<std::optional<Tensor>> Read(pickle::ValueId id) const;

 private:
  bool HasHooks(const pickle::Call& call) const;

  const pickle::PickleGraph& graph_;
  TensorReader reader_;
};

// Whether values of the kind have an identity that can matter, or a size that multiplies where they
// are written twice: containers, calls and the like.
bool IsPart(pickle::ValueKind kind);

// By value: whether it is a container, a call or the like, and can be reached from the root in two
// ways, or from itself. What is below a plain tensor does not count. Linear.
Result<std::vector<bool>> FindShared(const TorchObject& object, const PlainTensors& tensors);

}  // namespace weighlock::torch
