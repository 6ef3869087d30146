// The state, since numpy 1.0: (3, byte order, subarray, names, fields, size, alignment, flags), and
// 4 with metadata behind it. Its flags say whether there are objects, and numpy believes them: so
// they must agree with what code, fields and subarray say.
#include "scan/pickle/pickled_dtype.h"

#include <charconv>
#include <string_view>

#include "base/checked.h"
#include "format/torch/torch_tensors.h"
#include "pickle/names.h"

namespace weighlock::scan {
namespace {

using pickle::PickleGraph;
using pickle::ValueId;
using pickle::ValueKind;

constexpr int kMostLevels = 8;
constexpr int kMostVisits = 100'000;
constexpr int64_t kHasObjects = 1;

class Evaluator {
 public:
  explicit Evaluator(const PickleGraph& graph) : graph_(graph) {}

  std::optional<PickledDType> Evaluate(ValueId dtype, int level) {
    if (level > kMostLevels || ++visits_ > kMostVisits) return std::nullopt;
    if (graph_.kind(dtype) == ValueKind::kGlobal) return OfClass(dtype);
    if (graph_.kind(dtype) != ValueKind::kCall) return std::nullopt;
    const pickle::Call call = graph_.call(dtype);
    if (!torch::CalleeName(graph_, call.callee).ends_with(".dtype")) return std::nullopt;
    if (graph_.kind(call.args) != ValueKind::kTuple || graph_.items(call.args).empty()) {
      return std::nullopt;
    }
    const ValueId code = graph_.items(call.args)[0];
    auto type = graph_.is_string(code) ? OfCode(graph_.text(code)) : Evaluate(code, level + 1);
    if (!type) return std::nullopt;
    const pickle::Changes* changes = graph_.changes(dtype);
    if (changes == nullptr || changes->states.empty()) return type;
    if (changes->states.size() != 1 || !changes->items.empty()) return std::nullopt;
    return WithState(*type, changes->states[0], level);
  }

 private:
  // A class in place of a code: numpy.float32, or one of a library, which has no objects.
  std::optional<PickledDType> OfClass(ValueId id) const {
    const pickle::Global global = graph_.global(id);
    if (global.computed) return std::nullopt;
    const auto modern = pickle::ModernName(global.module, global.name);
    return PickledDType{modern.name == "object" || modern.name == "object_", {}};
  }

  // 'f8', 'U5', 'V16', 'O8', also behind a byte order; of times only the size.
  static std::optional<PickledDType> OfCode(std::string_view code) {
    if (!code.empty() && std::string_view("<>|=").find(code[0]) != code.npos) code.remove_prefix(1);
    if (code.starts_with('O') || code == "object") return PickledDType{true, {}};
    if (code == "?" || code == "b" || code == "B") return PickledDType{false, 1};
    if (code.size() < 2 || std::string_view("biufcmMSUVa").find(code[0]) == code.npos) {
      // "float32", "bfloat16": names of plain numbers.
      return code.find_first_of(",:(){}[]'\"O ") == code.npos ? std::optional(PickledDType())
                                                              : std::nullopt;
    }
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), count);
    if (error != std::errc() || end == code.data() + 1) {
      return code.find_first_of(",:(){}[]'\"O ") == code.npos ? std::optional(PickledDType())
                                                              : std::nullopt;
    }
    const bool is_time = code[0] == 'm' || code[0] == 'M';
    if (end != code.data() + code.size() && !(is_time && *end == '[')) return std::nullopt;
    const auto size = CheckedMul(count, code[0] == 'U' ? 4 : 1);
    if (!size) return std::nullopt;
    return PickledDType{false, *size};
  }

  std::optional<int64_t> IntegerOf(ValueId id) const {
    if (graph_.kind(id) != ValueKind::kInt) return std::nullopt;
    return graph_.integer(id);
  }

  std::optional<PickledDType> WithState(PickledDType type, ValueId state, int level) {
    if (graph_.kind(state) != ValueKind::kTuple) return std::nullopt;
    const auto parts = graph_.items(state);
    const auto version = parts.empty() ? std::nullopt : IntegerOf(parts[0]);
    const bool known = (parts.size() == 8 && version == 3) || (parts.size() == 9 && version == 4);
    if (!known) return std::nullopt;
    const auto size = IntegerOf(parts[5]), flags = IntegerOf(parts[7]);
    if (!size || !flags) return std::nullopt;
    const auto fields = OfFields(parts[4], level), subarray = OfSubarray(parts[2], level);
    if (!fields || !subarray) return std::nullopt;
    type.has_objects = type.has_objects || *fields || *subarray;
    if (((*flags & kHasObjects) != 0) != type.has_objects) return std::nullopt;
    if (*size < 0) return type;
    const auto bytes = static_cast<uint64_t>(*size);
    if (type.bytes.value_or(bytes) != bytes) return std::nullopt;
    type.bytes = bytes;
    return type;
  }

  // Whether one of the fields, {name: (dtype, offset)} or None, has objects.
  std::optional<bool> OfFields(ValueId fields, int level) {
    if (graph_.kind(fields) == ValueKind::kNone) return false;
    if (graph_.kind(fields) != ValueKind::kDict) return std::nullopt;
    const auto items = graph_.items(fields);
    bool has_objects = false;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      const auto field = OfFirst(items[i + 1], level);
      if (!field) return std::nullopt;
      has_objects = has_objects || *field;
    }
    return has_objects;
  }

  // (dtype, shape), or None.
  std::optional<bool> OfSubarray(ValueId subarray, int level) {
    if (graph_.kind(subarray) == ValueKind::kNone) return false;
    return OfFirst(subarray, level);
  }

  std::optional<bool> OfFirst(ValueId tuple, int level) {
    if (graph_.kind(tuple) != ValueKind::kTuple || graph_.items(tuple).empty()) return std::nullopt;
    const auto type = Evaluate(graph_.items(tuple)[0], level + 1);
    return type ? std::optional(type->has_objects) : std::nullopt;
  }

  const PickleGraph& graph_;
  int visits_ = 0;
};

}  // namespace

std::optional<PickledDType> DTypeOf(const PickleGraph& graph, ValueId dtype) {
  if (dtype == pickle::kNoValue) return std::nullopt;
  return Evaluator(graph).Evaluate(dtype, 0);
}

bool MayHoldElements(const PickleGraph& graph, ValueId dtype, ValueId data) {
  if (graph.kind(data) == ValueKind::kList || graph.kind(data) == ValueKind::kNone) return true;
  const auto type = DTypeOf(graph, dtype);
  return type && !type->has_objects;
}

}  // namespace weighlock::scan
