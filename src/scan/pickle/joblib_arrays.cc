// The reading side of joblib.numpy_pickle.NumpyArrayWrapper.read_array, 0.10 to 1.5.
#include "scan/pickle/joblib_arrays.h"

#include <optional>

#include "base/checked.h"
#include "format/torch/torch_tensors.h"
#include "scan/pickle/pickle_judge.h"
#include "scan/pickle/pickled_dtype.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

// The item of a dictionary under a text, which Python takes the last of; or kNoValue.
ValueId ItemOf(const PickleGraph& graph, ValueId dict, std::string_view key) {
  const auto items = graph.items(dict);
  for (size_t i = items.size(); i >= 2; i -= 2) {
    if (graph.is_string(items[i - 2]) && graph.text(items[i - 2]) == key) return items[i - 1];
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
  const auto items = graph.items(state);
  for (size_t i = 0; i < items.size(); i += 2) {
    if (!graph.is_string(items[i])) {
      return Error(Code::kMalformed, "an array of joblib has an attribute of no literal name",
                   offset);
    }
  }
  const auto type = DTypeOf(graph, ItemOf(graph, state, "dtype"));
  const auto count = ElementsOf(graph, ItemOf(graph, state, "shape"));
  if (!type || !count || (!type->has_objects && type->bytes == PickledDType::kUnknown)) {
    return Error(Code::kMalformed, "an array of joblib has no shape and type that can be counted",
                 offset);
  }
  if (!first_) first_ = offset;
  if (type->has_objects) {
    const auto objects =
        RunAndJudge(source_, offset, PickleHome::kJoblibObjects, stream_ + 1, scan_);
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
