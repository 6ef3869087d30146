// The reading side of joblib.numpy_pickle.NumpyArrayWrapper.read_array, 0.10 to 1.5.
#include "scan/pickle/joblib_arrays.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/checked.h"
#include "format/torch/torch_tensors.h"
#include "scan/pickle/pickle_judge.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr unsigned kMostLevels = 16;

// The item of a dictionary under a text, or kNoValue.
ValueId ItemOf(const PickleGraph& graph, ValueId dict, std::string_view key) {
  const auto items = graph.items(dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (graph.is_string(items[i]) && graph.text(items[i]) == key) return items[i + 1];
  }
  return pickle::kNoValue;
}

bool IsWrapper(const PickleGraph& graph, ValueId object) {
  if (graph.kind(object) != ValueKind::kCall) return false;
  const pickle::Call call = graph.call(object);
  if (torch::CalleeName(graph, call.callee) == "joblib.numpy_pickle.NumpyArrayWrapper") return true;
  // copyreg._reconstructor(NumpyArrayWrapper, object, None), of protocols 0 and 1
  return graph.kind(call.args) == ValueKind::kTuple && !graph.items(call.args).empty() &&
         torch::CalleeName(graph, graph.items(call.args)[0]) ==
             "joblib.numpy_pickle.NumpyArrayWrapper";
}

struct ElementType {
  bool is_object = false;
  uint64_t bytes = 0;
};

// numpy.dtype('f8', False, True) and the state that says how large an element is.
std::optional<ElementType> TypeOf(const PickleGraph& graph, ValueId dtype) {
  if (dtype == pickle::kNoValue || graph.kind(dtype) != ValueKind::kCall) return std::nullopt;
  const pickle::Call call = graph.call(dtype);
  if (graph.kind(call.args) != ValueKind::kTuple || graph.items(call.args).empty()) {
    return std::nullopt;
  }
  const ValueId code = graph.items(call.args)[0];
  if (!graph.is_string(code)) return std::nullopt;
  const std::string_view text = graph.text(code);
  ElementType type;
  if (text.starts_with('O')) {
    type.is_object = true;
    return type;
  }
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), count);
  if (text.size() < 2 || error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  const auto size = CheckedMul(count, text[0] == 'U' ? 4 : 1);
  if (!size) return std::nullopt;
  type.bytes = *size;
  // (3, '|', None, names, fields, size, alignment, flags): fields may hold objects.
  const pickle::Changes* changes = graph.changes(dtype);
  if (text[0] != 'V' || changes == nullptr || changes->states.empty()) return type;
  const ValueId state = changes->states.back();
  if (graph.kind(state) != ValueKind::kTuple || graph.items(state).size() < 8) return std::nullopt;
  const ValueId flags = graph.items(state)[7];
  constexpr int64_t kHasObjects = 1;
  if (graph.kind(flags) != ValueKind::kInt) return std::nullopt;
  type.is_object = (graph.integer(flags) & kHasObjects) != 0;
  return type;
}

std::optional<uint64_t> ElementsOf(const PickleGraph& graph, ValueId shape) {
  if (shape == pickle::kNoValue || graph.kind(shape) != ValueKind::kTuple) return std::nullopt;
  std::optional<uint64_t> count = 1;
  for (const ValueId size : graph.items(shape)) {
    if (graph.kind(size) != ValueKind::kInt || graph.integer(size) < 0) return std::nullopt;
    count = CheckedMul(*count, static_cast<uint64_t>(graph.integer(size)));
    if (!count) return std::nullopt;
  }
  return count;
}

}  // namespace

// Since joblib 1.1 a byte says how many bytes follow it before the elements.
Result<uint64_t> JoblibArrays::PaddingAt(const PickleGraph& graph, ValueId state,
                                         uint64_t offset) const {
  const ValueId alignment = ItemOf(graph, state, "numpy_array_alignment_bytes");
  if (alignment == pickle::kNoValue || graph.kind(alignment) == ValueKind::kNone)
    return uint64_t{0};
  WL_TRY(const ByteVector byte, source_.Read(offset, 1));
  return uint64_t{1} + static_cast<uint8_t>(byte[0]);
}

Result<uint64_t> JoblibArrays::BytesBehind(const PickleGraph& graph, ValueId object,
                                           uint64_t offset) {
  if (!IsWrapper(graph, object)) return uint64_t{0};
  const ValueId state = graph.changes(object)->states.back();
  if (graph.kind(state) != ValueKind::kDict) {
    return Error(Code::kMalformed, "an array of joblib wants a dict as its state", offset);
  }
  const auto type = TypeOf(graph, ItemOf(graph, state, "dtype"));
  const auto count = ElementsOf(graph, ItemOf(graph, state, "shape"));
  if (!type || !count) {
    return Error(Code::kMalformed, "an array of joblib has no shape and type that can be counted",
                 offset);
  }
  if (type->is_object) {
    if (level_ == kMostLevels) {
      return Error(Code::kLimit, fmt::format("arrays of objects within {} others", kMostLevels),
                   offset);
    }
    const auto objects =
        RunAndJudge(source_, offset, PickleHome::kFile, stream_ + 1, scan_, level_ + 1);
    if (!objects.end) return Error(Code::kMalformed, "the objects of an array do not end", offset);
    return *objects.end - offset;
  }
  WL_TRY(const uint64_t padding, PaddingAt(graph, state, offset));
  const auto bytes = CheckedMul(*count, type->bytes);
  const auto all = bytes ? CheckedAdd(*bytes, padding) : std::nullopt;
  if (!all) return Error(Code::kMalformed, "an array of joblib is larger than any file", offset);
  return *all;
}

}  // namespace weighlock::scan
