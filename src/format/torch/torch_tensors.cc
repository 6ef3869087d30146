// Every shape of call that torch has pickled tensors by, and the proof that each lies in its bytes.
#include "format/torch/torch_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "format/torch/tensor_placement.h"
#include "pickle/names.h"

namespace weighlock::torch {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

// Parameter(tensor subclass(tensor)): real files nest two or three deep.
constexpr int kMostWrappers = 16;

// Functions of torch._utils that make tensors of a storage.
struct Rebuilder {
  std::string_view name;
  size_t least, most;  // arguments
};
constexpr Rebuilder kRebuilders[] = {
    {"_rebuild_tensor", 4, 4},
    {"_rebuild_tensor_v2", 6, 7},
    {"_rebuild_tensor_v3", 7, 8},
    {"_rebuild_qtensor", 7, 7},
};

// Functions whose result is not described by one run of bytes.
struct Refused {
  std::string_view name, why;
};
constexpr Refused kRefused[] = {
    {"_rebuild_sparse_tensor", "a sparse tensor"},
    {"_rebuild_sparse_csr_tensor", "a sparse tensor"},
    {"_rebuild_nested_tensor", "a nested tensor"},
    {"_rebuild_meta_tensor_no_storage", "a tensor on the meta device, without data"},
    {"_rebuild_wrapper_subclass", "a tensor subclass that wraps others"},
    {"_rebuild_device_tensor_from_numpy", "a device tensor kept as a numpy array"},
    {"_rebuild_xla_tensor", "a device tensor kept as a numpy array"},
};

std::string_view RefusedBecause(std::string_view name) {
  for (const Refused& row : kRefused) {
    if (row.name == name) return row.why;
  }
  return {};
}

const Rebuilder* FindRebuilder(std::string_view name) {
  for (const Rebuilder& row : kRebuilders) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

constexpr std::string_view kUtils = "torch._utils.";

// torch.FloatTensor, torch.cuda.FloatTensor, torch.nn.parameter.Parameter, torch.Tensor
bool IsTensorClass(std::string_view name) {
  if (name == "torch.nn.parameter.Parameter" || name == "torch.nn.parameter.Buffer" ||
      name == "torch._tensor.Tensor") {
    return true;
  }
  for (const std::string_view prefix : {"torch.cuda.", "torch."}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    return name.ends_with("Tensor") && name.find('.') == name.npos;
  }
  return false;
}

}  // namespace

std::string CalleeName(const pickle::PickleGraph& graph, ValueId callee) {
  if (graph.kind(callee) != ValueKind::kGlobal || graph.global(callee).computed) return {};
  const pickle::Global global = graph.global(callee);
  const pickle::QualifiedName modern = pickle::ModernName(global.module, global.name);
  return fmt::format("{}.{}", modern.module, modern.name);
}

namespace {

// The names of what a state sets: a dict, or a tuple of one and of slots; what else it may be
// counts as one thing without a name. Empty: it sets nothing.
std::string StateNames(const pickle::PickleGraph& graph, ValueId state) {
  std::vector<ValueId> parts = {state};
  if (graph.kind(state) == ValueKind::kTuple) {
    parts.assign(graph.items(state).begin(), graph.items(state).end());
  }
  std::string names;
  size_t more = 0;
  const auto add = [&](const std::string& name) {
    constexpr size_t kMostShown = 4, kMostBytes = 40;
    if (names.size() > kMostShown * kMostBytes) {
      ++more;
      return;
    }
    names += (names.empty() ? "" : ", ") + Escape(name.substr(0, kMostBytes));
  };
  for (const ValueId part : parts) {
    if (graph.kind(part) == ValueKind::kNone) continue;
    if (graph.kind(part) != ValueKind::kDict) {
      add("a state of its own");
      continue;
    }
    const auto items = graph.items(part);
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      const bool named = graph.is_string(items[i]);
      add(named ? std::string(graph.text(items[i])) : "a key that is no text");
    }
  }
  return more == 0 ? names : fmt::format("{} and {} more", names, more);
}

}  // namespace

// What hangs on a tensor beside its bytes. A class of torch's own does nothing with it; to another,
// it may be what the bytes are scaled by.
void TensorReader::KeepAttributes(const std::string& type, ValueId state, Rebuild& call) const {
  std::string names = StateNames(graph_, state);
  if (names.empty()) return;
  if (IsTensorClass(type)) {
    call.attributes = std::move(names);
  } else {
    call.foreign =
        fmt::format("a {} with attributes of its own ({}), which its bytes are not all of",
                    Escape(type.empty() ? "tensor of a class" : type), names);
  }
}

Error TensorReader::Fail(const Rebuild& call, std::string wants) const {
  return Error(Code::kMalformed, fmt::format("{} {}", call.name, wants), pickle_.OffsetOf(call.at));
}

// Old files build tensors and parameters from a class and a state.
bool TensorReader::FromState(ValueId id, Rebuild& call, ValueId& next) const {
  const pickle::Changes* changes = graph_.changes(id);
  if (changes == nullptr || changes->states.size() != 1) return false;
  const ValueId state = changes->states[0];
  if (graph_.kind(state) != ValueKind::kTuple) return false;
  const auto parts = graph_.items(state);
  if (parts.size() == 5) {  // data, gradient, hooks, requires_grad, volatile
    next = parts[0];
    return true;
  }
  if (parts.size() != 4) return false;
  if (graph_.kind(parts[0]) == ValueKind::kCall || storages_.TensorAt(parts[0]) != nullptr) {
    next = parts[0];
    return true;
  }
  call.name = "_rebuild_tensor";
  call.args.assign(parts.begin(), parts.end());
  return true;
}

// Reads the call at `next`: fills in `call` where it makes a tensor, or moves `next` to what it
// wraps. False where it is neither.
bool TensorReader::UnwrapOnce(Rebuild& call, ValueId& next) const {
  const ValueId id = next;
  next = pickle::kNoValue;
  if (graph_.kind(id) != ValueKind::kCall) return false;
  const pickle::Call made = graph_.call(id);
  if (graph_.kind(made.args) != ValueKind::kTuple) return false;
  auto args = graph_.items(made.args);
  std::string name = CalleeName(graph_, made.callee);
  call.at = id;
  if ((name == "torch._tensor._rebuild_from_type_v2" ||
       name == "torch._tensor._rebuild_from_type" || name == "torch.tensor._rebuild_from_type") &&
      args.size() == 4 && graph_.kind(args[2]) == ValueKind::kTuple) {
    // (function, class, its arguments, state): the class adds methods, the function makes the data.
    KeepAttributes(CalleeName(graph_, args[1]), args[3], call);
    name = CalleeName(graph_, args[0]);
    args = graph_.items(args[2]);
  }
  if (IsTensorClass(name) || name == "copyreg._reconstructor") {
    if (name == "copyreg._reconstructor") {
      if (args.empty() || !IsTensorClass(CalleeName(graph_, args[0]))) return false;
    } else if (!args.empty() && graph_.kind(args[0]) == ValueKind::kCall) {
      next = args[0];
      return true;
    }
    return FromState(id, call, next);
  }
  if (!name.starts_with(kUtils)) return false;
  const std::string_view function = std::string_view(name).substr(kUtils.size());
  const bool wraps = function == "_rebuild_parameter" ||
                     function == "_rebuild_parameter_with_state" ||
                     function == "_rebuild_device_tensor_from_cpu_tensor";
  if (wraps && !args.empty()) {
    // (data, requires_grad, hooks, state)
    if (function == "_rebuild_parameter_with_state" && args.size() == 4) {
      KeepAttributes("torch.nn.parameter.Parameter", args[3], call);
    }
    next = args[0];
    return true;
  }
  // The names outlive this call: they are those of the tables.
  if (const Rebuilder* row = FindRebuilder(function)) call.name = row->name;
  for (const Refused& row : kRefused) {
    if (row.name == function) call.name = row.name;
  }
  call.args.assign(args.begin(), args.end());
  return !call.name.empty();
}

Result<TensorReader::Rebuild> TensorReader::Unwrap(ValueId id) const {
  Rebuild call;
  ValueId next = id;
  for (int depth = 0; depth < kMostWrappers; ++depth) {
    if (storages_.TensorAt(next) != nullptr) {
      call.at = next;
      return call;
    }
    if (!UnwrapOnce(call, next)) return Rebuild();
    if (next == pickle::kNoValue) return call;
  }
  return Error(Code::kMalformed,
               fmt::format("a tensor is wrapped more than {} deep", kMostWrappers),
               pickle_.OffsetOf(id));
}

// A tensor that a persistent id names: the tar of torch 0.1 has a table of them.
TensorOutcome TensorReader::Named(const Tensor& tensor) {
  TensorOutcome out;
  out.is_tensor = true;
  out.tensor = tensor;
  return out;
}

Result<TensorOutcome> TensorReader::Read(ValueId id) const {
  TensorOutcome none;
  if (const Tensor* tensor = storages_.TensorAt(id)) return Named(*tensor);
  if (graph_.kind(id) != ValueKind::kCall) return none;
  WL_TRY(const Rebuild call, Unwrap(id));
  if (const Tensor* tensor = storages_.TensorAt(call.at)) return Named(*tensor);
  if (call.name.empty()) return none;
  if (const auto why = RefusedBecause(call.name); !why.empty()) {
    none.is_tensor = true;
    none.why_not = std::string(why);
    return none;
  }
  return Build(call);
}

Result<TensorOutcome> TensorReader::Build(const Rebuild& call) const {
  const Rebuilder* row = FindRebuilder(call.name);
  if (call.args.size() < row->least || call.args.size() > row->most) {
    return Fail(call, fmt::format("wants {} to {} arguments, got {}", row->least, row->most,
                                  call.args.size()));
  }
  TensorOutcome out;
  out.is_tensor = true;
  out.attributes = call.attributes;
  if (!call.foreign.empty()) {
    out.why_not = call.foreign;
    return out;
  }
  Tensor tensor;
  Shape shape;
  std::vector<int64_t> strides;
  WL_CHECKED(ReadDType(call, tensor));
  WL_CHECKED(ReadSizes(call, shape, strides));
  WL_CHECKED(Place(call, shape, strides, tensor));
  if (call.name == "_rebuild_qtensor") {
    out.extra = "quantised: scale and zero point are kept beside the bytes";
  } else if (call.args.size() == row->most && row->most > row->least) {
    // {"conj": True} and {"neg": True}: the bytes hold the conjugate, or the negative.
    const ValueId metadata = call.args.back();
    const bool plain =
        graph_.kind(metadata) == ValueKind::kNone ||
        (graph_.kind(metadata) == ValueKind::kDict && graph_.items(metadata).empty());
    if (!plain) {
      out.why_not = "a conjugate or negative view, whose bytes are not its values";
      return out;
    }
  }
  out.tensor = std::move(tensor);
  return out;
}

Status TensorReader::ReadDType(const Rebuild& call, Tensor& tensor) const {
  const StorageView* view = storages_.View(call.args[0]);
  if (view == nullptr) return Fail(call, "wants a storage as its first argument");
  const Storage& storage = storages_.all()[view->storage];
  if (call.name != "_rebuild_tensor_v3") {
    if (!storage.dtype) {
      return Fail(call, fmt::format("wants a typed storage, {} is not", Quote(storage.key)));
    }
    tensor.dtype = *storage.dtype;
    return {};
  }
  const std::string name = CalleeName(graph_, call.args[6]);
  if (name.starts_with("torch.")) {
    if (const auto dtype = DTypeFromTorchName(std::string_view(name).substr(6))) {
      tensor.dtype = *dtype;
      return {};
    }
  }
  return Fail(call, fmt::format("wants a dtype, got {}", Quote(name)));
}

// A tuple of counts, or torch.Size of one.
std::optional<std::vector<uint64_t>> TensorReader::Counts(ValueId id) const {
  if (graph_.kind(id) == ValueKind::kCall &&
      CalleeName(graph_, graph_.call(id).callee) == "torch.Size") {
    const ValueId args = graph_.call(id).args;
    if (graph_.kind(args) != ValueKind::kTuple || graph_.items(args).size() != 1) {
      return std::nullopt;
    }
    id = graph_.items(args)[0];
  }
  if (graph_.kind(id) != ValueKind::kTuple && graph_.kind(id) != ValueKind::kList) {
    return std::nullopt;
  }
  std::vector<uint64_t> counts;
  for (const ValueId item : graph_.items(id)) {
    const auto count = AsCount(graph_, item);
    if (!count) return std::nullopt;
    counts.push_back(*count);
  }
  return counts;
}

Status TensorReader::ReadSizes(const Rebuild& call, Shape& shape,
                               std::vector<int64_t>& strides) const {
  auto sizes = Counts(call.args[2]);
  if (!sizes) return Fail(call, "wants its shape as non-negative integers");
  const auto steps = Counts(call.args[3]);
  if (!steps) return Fail(call, "wants its strides as non-negative integers");
  if (steps->size() != sizes->size()) {
    return Fail(call, fmt::format("has {} sizes and {} strides", sizes->size(), steps->size()));
  }
  shape = std::move(*sizes);
  for (const uint64_t step : *steps) strides.push_back(static_cast<int64_t>(step));
  return {};
}

Status TensorReader::Place(const Rebuild& call, const Shape& shape,
                           const std::vector<int64_t>& strides, Tensor& tensor) const {
  const StorageView& view = *storages_.View(call.args[0]);
  const auto first = AsCount(graph_, call.args[1]);
  if (!first) return Fail(call, "wants its offset as a non-negative integer");
  auto placed =
      PlaceInStorage(storages_.all()[view.storage], view, tensor.dtype, {shape, strides, *first});
  if (!placed) return Fail(call, placed.error().what());
  tensor = *std::move(placed);
  return {};
}

}  // namespace weighlock::torch
