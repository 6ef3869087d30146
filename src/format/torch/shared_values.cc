// One walk from the root: what it comes to a second time is shared. A tensor that nothing has
// changed is taken whole, and not gone into.
#include "format/torch/shared_values.h"

#include "weighlock/model.h"

namespace weighlock::torch {
namespace {

using pickle::Call;
using pickle::Changes;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

// What hangs below a value, in the order that it is written.
std::vector<ValueId> Below(const PickleGraph& graph, ValueId id) {
  std::vector<ValueId> below;
  const auto add = [&](std::span<const ValueId> values) {
    below.insert(below.end(), values.begin(), values.end());
  };
  switch (graph.kind(id)) {
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kDict:
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
      add(graph.items(id));
      break;
    case ValueKind::kPersistentId:
      below.push_back(graph.persistent_id(id));
      break;
    case ValueKind::kCall: {
      const Call call = graph.call(id);
      below = {call.callee, call.args};
      if (call.kwargs != pickle::kNoValue) below.push_back(call.kwargs);
      break;
    }
    default:
      break;
  }
  if (const Changes* changes = graph.changes(id)) {
    add(changes->states);
    add(changes->appended);
    add(changes->items);
  }
  return below;
}

}  // namespace

bool IsPart(ValueKind kind) {
  switch (kind) {
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kDict:
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
    case ValueKind::kCall:
    case ValueKind::kPersistentId:
    case ValueKind::kByteArray:
      return true;
    default:
      return false;
  }
}

Result<std::optional<Tensor>> PlainTensors::Read(ValueId id) const {
  std::optional<Tensor> none;
  if (graph_.kind(id) != ValueKind::kCall || graph_.changes(id) != nullptr) return none;
  const Call call = graph_.call(id);
  const std::string name = CalleeName(graph_, call.callee);
  const bool plain = name == "torch._utils._rebuild_tensor" ||
                     name == "torch._utils._rebuild_tensor_v2" ||
                     name == "torch._utils._rebuild_tensor_v3";
  if (!plain) return none;
  WL_TRY(TensorOutcome outcome, reader_.Read(id));
  if (!outcome.tensor || !outcome.extra.empty() || HasHooks(call)) return none;
  if (Info(outcome.tensor->dtype).safetensors.empty()) return none;
  return std::move(outcome.tensor);
}

// The sixth argument of _rebuild_tensor_v2 and v3: an empty mapping, as a rule.
bool PlainTensors::HasHooks(const Call& call) const {
  const auto args = graph_.items(call.args);
  if (args.size() < 6) return false;
  const ValueId hooks = args[5];
  if (graph_.kind(hooks) == ValueKind::kNone) return false;
  if (graph_.kind(hooks) == ValueKind::kDict) return !graph_.items(hooks).empty();
  return graph_.kind(hooks) != ValueKind::kCall || graph_.changes(hooks) != nullptr ||
         CalleeName(graph_, graph_.call(hooks).callee) != "collections.OrderedDict";
}

Result<std::vector<bool>> FindShared(const TorchObject& object, const PlainTensors& tensors) {
  const PickleGraph& graph = object.pickle.graph;
  std::vector<bool> seen(graph.size(), false), shared(graph.size(), false);
  std::vector<ValueId> stack = {object.pickle.root};
  while (!stack.empty()) {
    const ValueId id = stack.back();
    stack.pop_back();
    if (!IsPart(graph.kind(id))) continue;
    if (seen[id]) {
      shared[id] = true;
      continue;
    }
    seen[id] = true;
    WL_TRY(const auto tensor, tensors.Read(id));
    if (tensor) continue;
    const std::vector<ValueId> below = Below(graph, id);
    stack.insert(stack.end(), below.begin(), below.end());
  }
  return shared;
}

}  // namespace weighlock::torch
