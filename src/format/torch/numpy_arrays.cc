// A call of numpy.core.multiarray._reconstruct and the state that was set on it: its form is
// matched, and nothing is called.
#include "format/torch/numpy_arrays.h"

#include <fmt/format.h>

#include "base/checked.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::torch {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

struct Row {
  std::string_view code;  // kind and bytes
  DType dtype;
};
constexpr Row kTypes[] = {
    {"b1", DType::kBool}, {"i1", DType::kI8},    {"i2", DType::kI16}, {"i4", DType::kI32},
    {"i8", DType::kI64},  {"u1", DType::kU8},    {"u2", DType::kU16}, {"u4", DType::kU32},
    {"u8", DType::kU64},  {"f2", DType::kF16},   {"f4", DType::kF32}, {"f8", DType::kF64},
    {"c8", DType::kC64},  {"c16", DType::kC128},
};

struct NumpyType {
  DType dtype;
  bool big_endian;
};

bool IsNumpyCall(const PickleGraph& graph, ValueId id, std::string_view function) {
  if (graph.kind(id) != ValueKind::kCall) return false;
  const std::string name = CalleeName(graph, graph.call(id).callee);
  return name == fmt::format("numpy.core.multiarray.{}", function) ||
         name == fmt::format("numpy._core.multiarray.{}", function);
}

// numpy.dtype("f4", False, True) with the state (3, "<", ...).
std::optional<NumpyType> ReadType(const PickleGraph& graph, ValueId id) {
  if (graph.kind(id) != ValueKind::kCall ||
      CalleeName(graph, graph.call(id).callee) != "numpy.dtype") {
    return std::nullopt;
  }
  const ValueId args = graph.call(id).args;
  const pickle::Changes* changes = graph.changes(id);
  if (graph.kind(args) != ValueKind::kTuple || graph.items(args).empty() || changes == nullptr ||
      changes->states.size() != 1 || graph.kind(changes->states[0]) != ValueKind::kTuple ||
      graph.items(changes->states[0]).size() < 2) {
    return std::nullopt;
  }
  const ValueId code = graph.items(args)[0], order = graph.items(changes->states[0])[1];
  if (!graph.is_string(code) || !graph.is_string(order)) return std::nullopt;
  for (const Row& row : kTypes) {
    if (row.code == graph.text(code)) return NumpyType{row.dtype, graph.text(order) == ">"};
  }
  return std::nullopt;
}

std::optional<Shape> ReadShape(const PickleGraph& graph, ValueId id) {
  if (graph.kind(id) != ValueKind::kTuple) return std::nullopt;
  Shape shape;
  for (const ValueId item : graph.items(id)) {
    const auto count = AsCount(graph, item);
    if (!count) return std::nullopt;
    shape.push_back(*count);
  }
  return shape;
}

}  // namespace

std::optional<NumpyArray> ReadNumpyArray(const PickleGraph& graph, ValueId id) {
  if (!IsNumpyCall(graph, id, "_reconstruct")) return std::nullopt;
  const pickle::Changes* changes = graph.changes(id);
  if (changes == nullptr || changes->states.size() != 1 ||
      graph.kind(changes->states[0]) != ValueKind::kTuple) {
    return std::nullopt;
  }
  const auto state = graph.items(changes->states[0]);
  if (state.size() != 5 || graph.kind(state[3]) != ValueKind::kBool) return std::nullopt;
  const auto shape = ReadShape(graph, state[1]);
  const auto type = ReadType(graph, state[2]);
  const auto elements = shape ? ElementCount(*shape) : std::nullopt;
  if (!type || !elements) return std::nullopt;
  const auto size = CheckedMul(*elements, Info(type->dtype).bits / 8u);
  if (!size) return std::nullopt;
  NumpyArray array;
  array.bytes = state[4];
  array.tensor.dtype = type->dtype;
  array.tensor.shape = *shape;
  array.tensor.big_endian = type->big_endian;
  array.tensor.data.size = *size;
  if (graph.boolean(state[3]) && shape->size() > 1 && *elements > 0) {
    std::vector<int64_t> strides;
    uint64_t step = 1;
    for (const uint64_t count : *shape) {
      strides.push_back(static_cast<int64_t>(step));
      step *= count;
    }
    array.tensor.strides = std::move(strides);
  }
  return array;
}

}  // namespace weighlock::torch
