// _restore_array((type, length, nulls, offset, buffers, children, dictionary)): pyarrow takes them
// as they are. Those that pandas pickles are flat.
#include "scan/pickle/arrow_arrays.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "scan/pickle/named_callee.h"

namespace weighlock::scan {
namespace {

using pickle::Call;
using pickle::Pickle;
using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;
using Broken = std::optional<std::string>;

struct ArrowType {
  std::string_view alias;
  uint64_t bits;  // of an element in the second buffer
  bool is_text;   // of which the second buffer says where they end in a third
};
constexpr std::array kTypes = {
    ArrowType{"bool", 1, false},         ArrowType{"int8", 8, false},
    ArrowType{"int16", 16, false},       ArrowType{"int32", 32, false},
    ArrowType{"int64", 64, false},       ArrowType{"uint8", 8, false},
    ArrowType{"uint16", 16, false},      ArrowType{"uint32", 32, false},
    ArrowType{"uint64", 64, false},      ArrowType{"float", 32, false},
    ArrowType{"double", 64, false},      ArrowType{"string", 32, true},
    ArrowType{"binary", 32, true},       ArrowType{"large_string", 64, true},
    ArrowType{"large_binary", 64, true},
};

std::span<const ValueId> ArgsOf(const PickleGraph& graph, ValueId call) {
  const ValueId args = graph.call(call).args;
  if (graph.kind(args) != ValueKind::kTuple) return {};
  return graph.items(args);
}

// Whether the value is a call of pyarrow's function of this name, with one argument.
bool IsCallOf(const Pickle& pickle, ValueId id, std::string_view name) {
  if (pickle.graph.kind(id) != ValueKind::kCall) return false;
  const auto callee = CalleeOf(pickle, pickle.graph.call(id).callee);
  return callee && callee->module == "pyarrow.lib" && callee->name == name &&
         ArgsOf(pickle.graph, id).size() == 1;
}

const ArrowType* TypeOf(const Pickle& pickle, ValueId id) {
  if (!IsCallOf(pickle, id, "type_for_alias")) return nullptr;
  const ValueId alias = ArgsOf(pickle.graph, id)[0];
  if (!pickle.graph.is_string(alias)) return nullptr;
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const ArrowType& type) {
    return type.alias == pickle.graph.text(alias);
  });
  return found == kTypes.end() ? nullptr : &*found;
}

bool IsBytes(const Pickle& pickle, ValueId id) {
  const PickleGraph& graph = pickle.graph;
  const ValueKind kind = graph.kind(id);
  if (kind == ValueKind::kBytes || kind == ValueKind::kByteArray) return true;
  if (kind != ValueKind::kCall) return false;
  const auto callee = CalleeOf(pickle, graph.call(id).callee);
  return callee && callee->policy.standing == Standing::kAllowed &&
         (callee->policy.rule == "bytes" || callee->policy.rule == "latin1");
}

// The length of the bytes of a buffer, where they stand in the file as they are.
std::optional<uint64_t> LengthOf(const Pickle& pickle, ValueId buffer) {
  const PickleGraph& graph = pickle.graph;
  ValueId bytes = ArgsOf(graph, buffer)[0];
  for (int level = 0; level < 2 && graph.kind(bytes) == ValueKind::kCall; ++level) {
    const auto args = ArgsOf(graph, bytes);
    if (args.size() != 1) return std::nullopt;
    bytes = args[0];
  }
  if (graph.kind(bytes) != ValueKind::kBytes) return std::nullopt;
  return graph.text(bytes).size();
}

Broken BrokenArray(const Pickle& pickle, ValueId data) {
  const PickleGraph& graph = pickle.graph;
  constexpr int64_t kMost = int64_t{1} << 40;
  if (graph.kind(data) != ValueKind::kTuple || graph.items(data).size() != 7) {
    return "is given something else than the parts of an array";
  }
  const auto parts = graph.items(data);
  const ArrowType* type = TypeOf(pickle, parts[0]);
  if (type == nullptr) return "makes an array of a type that is not among the plain ones";
  for (const size_t i : {1, 3}) {
    const bool is_count = graph.kind(parts[i]) == ValueKind::kInt && graph.integer(parts[i]) >= 0 &&
                          graph.integer(parts[i]) < kMost;
    if (!is_count) return "has a length that is none";
  }
  const bool is_flat = graph.kind(parts[2]) == ValueKind::kInt &&
                       graph.kind(parts[4]) == ValueKind::kList &&
                       graph.kind(parts[5]) == ValueKind::kList && graph.items(parts[5]).empty() &&
                       graph.kind(parts[6]) == ValueKind::kNone;
  if (!is_flat || graph.items(parts[4]).size() != (type->is_text ? 3u : 2u)) {
    return "has other parts than its type";
  }
  const auto buffers = graph.items(parts[4]);
  for (const ValueId buffer : buffers) {
    if (graph.kind(buffer) == ValueKind::kNone) continue;
    if (!IsCallOf(pickle, buffer, "py_buffer")) return "has a buffer that is none";
  }
  const auto elements = static_cast<uint64_t>(graph.integer(parts[1]) + graph.integer(parts[3]));
  if (graph.kind(buffers[1]) == ValueKind::kNone) {
    return elements == 0 ? Broken() : "has no elements, and a length";
  }
  const auto length = LengthOf(pickle, buffers[1]);
  const uint64_t wanted = ((elements + (type->is_text ? 1 : 0)) * type->bits + 7) / 8;
  if (length && *length < wanted && elements > 0) return "is longer than its elements";
  return std::nullopt;
}

}  // namespace

Broken BrokenArrow(const Pickle& pickle, const Call& call) {
  const auto callee = CalleeOf(pickle, call.callee);
  const PickleGraph& graph = pickle.graph;
  if (!callee || graph.kind(call.args) != ValueKind::kTuple || graph.items(call.args).size() != 1) {
    return "has more than one argument";
  }
  const ValueId arg = graph.items(call.args)[0];
  if (callee->name == "_restore_array") return BrokenArray(pickle, arg);
  if (callee->name == "py_buffer") {
    return IsBytes(pickle, arg) ? Broken() : "makes a buffer of what is no bytes";
  }
  return graph.is_string(arg) ? Broken() : "makes a type of what is no name";
}

}  // namespace weighlock::scan
