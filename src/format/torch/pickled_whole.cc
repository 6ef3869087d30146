// Classes are told as Python's type() names them, and elements counted as its len() does.
#include "format/torch/pickled_whole.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::torch {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr size_t kMostContainers = 100;

class Whole {
 public:
  Whole(const pickle::Pickle& pickle, const Storages& storages)
      : root_(pickle.root), graph_(pickle.graph), tensors_(pickle, storages) {}

  PickledWhole Run() {
    PickledWhole whole;
    const auto outcome = tensors_.Read(root_);
    if (!outcome) return whole;
    if (outcome->is_tensor) {
      whole.type = IsParameter(root_) ? "Parameter" : "Tensor";
      if (outcome->tensor) FindNoPair(outcome->tensor->shape, whole);
      return whole;
    }
    whole.type = IsModule() ? ClassName() : ClassOf(root_);
    if (graph_.kind(root_) == ValueKind::kPersistentId) {
      whole.type = "storage";
      whole.no_pair = 0;  // of numbers
      return whole;
    }
    const ValueKind kind = graph_.kind(root_);
    if (kind == ValueKind::kList || kind == ValueKind::kTuple) {
      FindNoPair(graph_.items(root_), whole);
    } else if (graph_.is_string(root_) || kind == ValueKind::kBytes) {
      if (graph_.text(root_).empty()) return whole;
      whole.no_pair = 0;  // letters are texts of one letter, bytes are numbers
      if (kind != ValueKind::kBytes) whole.no_pair_size = 1;
    } else if (kind == ValueKind::kDict) {
      LookAtPairs(graph_.items(root_), whole);
    } else if (whole.type == "torch.Size") {
      whole.no_pair = 0;  // numbers
    } else if (const pickle::Changes* changes = graph_.changes(root_);
               kind == ValueKind::kCall && changes != nullptr && !whole.type.empty()) {
      LookAtPairs(changes->items, whole);
    }
    return whole;
  }

 private:
  bool IsParameter(ValueId id) const {
    return graph_.kind(id) == ValueKind::kCall &&
           CalleeName(graph_, graph_.call(id).callee)
               .starts_with("torch._utils._rebuild_parameter");
  }

  // Whether the object is a module of torch: no other keeps its parts by that name.
  bool IsModule() const {
    const pickle::Changes* changes = graph_.changes(root_);
    if (graph_.kind(root_) != ValueKind::kCall || changes == nullptr ||
        changes->states.size() != 1 || graph_.kind(changes->states[0]) != ValueKind::kDict) {
      return false;
    }
    const auto items = graph_.items(changes->states[0]);
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (graph_.is_string(items[i]) && graph_.text(items[i]) == "_modules") return true;
    }
    return false;
  }

  std::string ClassName() const {
    const std::string name = CalleeName(graph_, graph_.call(root_).callee);
    return name.substr(name.rfind('.') + 1);
  }

  // Empty for what only running it would tell.
  std::string ClassOf(ValueId id) const {
    switch (graph_.kind(id)) {
      case ValueKind::kNone:
        return "NoneType";
      case ValueKind::kBigInt:
        return "int";
      case ValueKind::kNarrowStr:
        return "str";
      case ValueKind::kGlobal:
        return IsDType(id) ? "torch.dtype" : "";
      case ValueKind::kExtension:
      case ValueKind::kPersistentId:
      case ValueKind::kBuffer:
        return {};
      case ValueKind::kCall:
        return ClassOfCall(id);
      default:
        return std::string(pickle::KindWord(graph_.kind(id)));
    }
  }

  // Nearly all calls are of one function, so its answer is kept.
  std::string ClassOfCall(ValueId id) const {
    const ValueId callee = graph_.call(id).callee;
    if (callee == last_callee_) return last_class_;
    last_callee_ = callee;
    last_class_.clear();
    const std::string name = CalleeName(graph_, callee);
    for (const std::string_view known :
         {"collections.OrderedDict", "collections.defaultdict", "torch.Size"}) {
      if (name == known) last_class_ = known;
    }
    return last_class_;
  }

  bool IsDType(ValueId id) const {
    constexpr std::string_view kTorch = "torch.";
    const std::string name = CalleeName(graph_, id);
    return name.starts_with(kTorch) && DTypeFromTorchName(name.substr(kTorch.size())).has_value();
  }

  // How many elements Python would take out of a value; nothing where it is no sequence.
  // `is_known` is false where that cannot be told.
  std::optional<uint64_t> SizeOf(ValueId id, bool& is_known) const {
    const auto outcome = tensors_.Read(id);
    if (outcome && outcome->is_tensor) {
      is_known = outcome->tensor.has_value();
      if (!is_known || outcome->tensor->shape.empty()) return std::nullopt;
      return outcome->tensor->shape[0];
    }
    is_known = outcome && !ClassOf(id).empty();
    switch (graph_.kind(id)) {
      case ValueKind::kList:
      case ValueKind::kTuple:
      case ValueKind::kSet:
      case ValueKind::kFrozenSet:
        return graph_.items(id).size();
      case ValueKind::kDict:
        return graph_.items(id).size() / 2;
      case ValueKind::kCall:
        return graph_.changes(id) == nullptr ? 0 : graph_.changes(id)->items.size() / 2;
      case ValueKind::kBytes:
      case ValueKind::kByteArray:
        return graph_.text(id).size();
      case ValueKind::kStr:
      case ValueKind::kNarrowStr:
        return Letters(graph_.text(id));
      default:
        return std::nullopt;
    }
  }

  static uint64_t Letters(std::string_view utf8) {
    return static_cast<uint64_t>(std::count_if(utf8.begin(), utf8.end(), [](char unit) {
      return (static_cast<unsigned char>(unit) & 0xc0) != 0x80;
    }));
  }

  void FindNoPair(std::span<const ValueId> items, PickledWhole& whole) const {
    for (size_t i = 0; i < items.size(); ++i) {
      bool is_known = true;
      const std::optional<uint64_t> size = SizeOf(items[i], is_known);
      if (!is_known) {
        whole.type.clear();
        return;
      }
      if (size == 2) continue;
      whole.no_pair = i;
      whole.no_pair_size = size;
      return;
    }
  }

  // A tensor's elements are what lies along its first dimension, all of one shape.
  static void FindNoPair(const Shape& shape, PickledWhole& whole) {
    if (shape.empty() || shape[0] == 0 || (shape.size() > 1 && shape[1] == 2)) return;
    whole.no_pair = 0;
    if (shape.size() > 1) whole.no_pair_size = shape[1];
  }

  void LookAtPairs(std::span<const ValueId> items, PickledWhole& whole) const {
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (!graph_.is_string(items[i])) {
        if (whole.odd_key.empty()) whole.odd_key = ClassOf(items[i]);
        continue;
      }
      const ValueKind kind = graph_.kind(items[i + 1]);
      const bool holds = kind == ValueKind::kDict || kind == ValueKind::kList ||
                         kind == ValueKind::kTuple ||
                         (kind == ValueKind::kGlobal && IsDType(items[i + 1])) ||
                         (kind == ValueKind::kCall && !ClassOfCall(items[i + 1]).empty());
      if (!holds || whole.containers.size() >= kMostContainers) continue;
      whole.containers.push_back(
          fmt::format("{}: {}", Escape(graph_.text(items[i])), ClassOf(items[i + 1])));
    }
  }

  const ValueId root_;
  const PickleGraph& graph_;
  TensorReader tensors_;
  mutable ValueId last_callee_ = pickle::kNoValue;
  mutable std::string last_class_;
};

}  // namespace

PickledWhole WholeOf(const pickle::Pickle& pickle, const Storages& storages) {
  return Whole(pickle, storages).Run();
}

}  // namespace weighlock::torch
