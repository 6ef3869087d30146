// The state, since numpy 1.0: (3, byte order, subarray, names, fields, size, alignment, flags), and
// 4 with metadata behind it. Its flags say whether there are objects, and numpy believes them: so
// they must agree with what code, fields and subarray say.
#include "scan/pickle/pickled_dtype.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

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
    const std::string callee = torch::CalleeName(graph_, call.callee);
    // Strings of any length stand elsewhere, so that pickles have them in a list, as objects.
    if (callee == "numpy._core._internal._convert_to_stringdtype_kwargs") {
      return graph_.changes(dtype) == nullptr ? std::optional(PickledDType{true, 16})
                                              : std::nullopt;
    }
    if (!callee.ends_with(".dtype")) return std::nullopt;
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
  // A class in place of a code: numpy.float32, float, or one of ml_dtypes; any other class of
  // Python is kept as an object.
  std::optional<PickledDType> OfClass(ValueId id) const {
    const pickle::Global global = graph_.global(id);
    if (global.computed) return std::nullopt;
    const auto [module, name] = pickle::ModernName(global.module, global.name);
    const bool is_scalar =
        module == "numpy" || module.starts_with("numpy.dtypes") || module.starts_with("ml_dtypes");
    const bool is_number = module == "builtins" && (name == "float" || name == "int" ||
                                                    name == "bool" || name == "complex");
    const bool is_plain = (is_scalar && name.find("object") == name.npos) || is_number;
    return PickledDType{!is_plain, PickledDType::kUnknown};
  }

  // 'f8', 'U5', 'V16', 'O8', also behind a byte order; of times only the size.
  static std::optional<PickledDType> OfCode(std::string_view code) {
    if (!code.empty() && std::string_view("<>|=").find(code[0]) != code.npos) code.remove_prefix(1);
    if (code.starts_with('O') || code.starts_with("object"))
      return PickledDType{true, PickledDType::kUnknown};
    if (code == "?" || code == "b" || code == "B") return PickledDType{false, 1};
    if (IsNumberName(code)) return PickledDType();
    if (code.size() < 2 || std::string_view("biufcmMSUVa").find(code[0]) == code.npos) {
      return std::nullopt;
    }
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), count);
    const bool is_time = code[0] == 'm' || code[0] == 'M';
    const bool all = end == code.data() + code.size() || (is_time && *end == '[');
    if (error != std::errc() || !all) return std::nullopt;
    const auto size = CheckedMul(count, code[0] == 'U' ? 4 : 1);
    if (!size) return std::nullopt;
    return PickledDType{false, *size};
  }

  // "float32", "bfloat16", and the letters of C's types.
  static bool IsNumberName(std::string_view code) {
    if (code.size() == 1) return std::string_view("hHiIlLqQefdgFDGpP").find(code) != code.npos;
    constexpr std::array<std::string_view, 6> kNames = {"float", "int",     "uint",
                                                        "bool",  "complex", "bfloat"};
    return code.find_first_of(",:()[]{} ") == code.npos &&
           std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view name) { return code.starts_with(name); });
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
    const auto fields = OfFields(parts[4], *size, level), subarray = OfSubarray(parts[2], level);
    if (!fields || !subarray) return std::nullopt;
    type.has_objects = type.has_objects || *fields || *subarray;
    if (((*flags & kHasObjects) != 0) != type.has_objects) return std::nullopt;
    if (*size < 0) return type;
    const auto bytes = static_cast<uint64_t>(*size);
    if (type.bytes != PickledDType::kUnknown && type.bytes != bytes) return std::nullopt;
    type.bytes = bytes;
    return type;
  }

  // Whether one of the fields, {name: (dtype, offset)} or None, has objects. They must lie in the
  // element of `size` bytes, and where there are objects, beside one another: numpy looks at
  // neither.
  std::optional<bool> OfFields(ValueId fields, int64_t size, int level) {
    if (graph_.kind(fields) == ValueKind::kNone) return false;
    if (graph_.kind(fields) != ValueKind::kDict) return std::nullopt;
    const auto items = graph_.items(fields);
    std::vector<std::pair<uint64_t, uint64_t>> places;
    bool has_objects = false;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      const auto type = OfFirst(items[i + 1], level);
      if (!type || graph_.items(items[i + 1]).size() < 2) return std::nullopt;
      const auto offset = IntegerOf(graph_.items(items[i + 1])[1]);
      const uint64_t unsaid = type->has_objects ? sizeof(void*) : 0;
      const uint64_t bytes = type->bytes == PickledDType::kUnknown ? unsaid : type->bytes;
      const auto whole = static_cast<uint64_t>(std::max<int64_t>(size, 0));
      if (!offset || *offset < 0 || bytes > whole ||
          static_cast<uint64_t>(*offset) > whole - bytes) {
        return std::nullopt;
      }
      places.emplace_back(*offset, bytes);
      has_objects = has_objects || type->has_objects;
    }
    std::sort(places.begin(), places.end());
    for (size_t i = 1; has_objects && i < places.size(); ++i) {
      if (places[i].first < places[i - 1].first + places[i - 1].second) return std::nullopt;
    }
    return has_objects;
  }

  // (dtype, shape), or None.
  std::optional<bool> OfSubarray(ValueId subarray, int level) {
    if (graph_.kind(subarray) == ValueKind::kNone) return false;
    const auto type = OfFirst(subarray, level);
    return type ? std::optional(type->has_objects) : std::nullopt;
  }

  std::optional<PickledDType> OfFirst(ValueId tuple, int level) {
    if (graph_.kind(tuple) != ValueKind::kTuple || graph_.items(tuple).empty()) return std::nullopt;
    return Evaluate(graph_.items(tuple)[0], level + 1);
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
  const auto type = DTypeOf(graph, dtype);
  return type && (!type->has_objects || graph.kind(data) == ValueKind::kList ||
                  graph.kind(data) == ValueKind::kNone);
}

}  // namespace weighlock::scan
