// Operators of CPython by the types of their operands; its words have been the same since 3.6,
// where nothing else is said.
#include "compat/python_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "compat/known_spec.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

using Kind = PyValue::Kind;

bool IsText(const PyValue& value) {
  return value.Is(Kind::kStr) && value.json != nullptr;
}

PyOutcome Raise(std::string words) {
  return {{}, std::move(words)};
}

PyOutcome Number(Kind kind, double number, std::string_view key) {
  PyValue value;
  value.kind = kind;
  value.number = number;
  value.key = key;
  return {value, {}};
}

PyOutcome Unsupported(std::string_view op, const PyValue& a, const PyValue& b) {
  return Raise(fmt::format("TypeError: unsupported operand type(s) for {}: '{}' and '{}'",
                           op == "**" ? "** or pow()" : op, PyClass(a), PyClass(b)));
}

bool IsSequence(const PyValue& value) {
  return value.Is(Kind::kStr) || value.Is(Kind::kList);
}

// Of two operands the one of which more is to be said: a whole number is what readers expect.
std::string_view KeyOf(const PyValue& a, const PyValue& b) {
  return (a.key.empty() || a.Is(Kind::kInt)) && !b.key.empty() ? b.key : a.key;
}

bool IsComparison(std::string_view op) {
  return op == "<" || op == "<=" || op == ">" || op == ">=";
}

// Of two numbers.
PyOutcome Arithmetic(std::string_view op, const PyValue& a, const PyValue& b) {
  const std::string_view key = KeyOf(a, b);
  const Kind kind = a.IsWhole() && b.IsWhole() ? Kind::kInt : Kind::kFloat;
  const double x = a.number, y = b.number;
  if (op == "+") return Number(kind, x + y, key);
  if (op == "-") return Number(kind, x - y, key);
  if (op == "*") return Number(kind, x * y, key);
  if (op == "<") return {PyBool(x < y, key), {}};
  if (op == "<=") return {PyBool(x <= y, key), {}};
  if (op == ">") return {PyBool(x > y, key), {}};
  if (op == ">=") return {PyBool(x >= y, key), {}};
  if (op == "**") {
    if (x == 0 && y < 0) return Raise({});
    return Number(y < 0 ? Kind::kFloat : kind, std::pow(x, y), key);
  }
  if (y == 0)
    return Raise(op == "/" && kind == Kind::kInt ? "ZeroDivisionError: division by zero" : "");
  if (op == "/") return Number(Kind::kFloat, x / y, key);
  if (op == "//") return Number(kind, std::floor(x / y), key);
  return Number(kind, x - y * std::floor(x / y), key);
}

// A text on the left of %, which is a form to be filled.
PyOutcome Formatted(const PyValue& a, const PyValue& b) {
  PyOutcome text = {a, {}};
  text.value.json = nullptr;
  if (!IsText(a) || a.json->text.find('%') != std::string::npos) return {};
  if (b.Is(Kind::kDict) || b.Is(Kind::kList)) return text;
  return Raise("TypeError: not all arguments converted during string formatting");
}

PyOutcome OfSequence(std::string_view op, const PyValue& a, const PyValue& b) {
  const PyValue& sequence = IsSequence(a) ? a : b;
  const PyValue& other = IsSequence(a) ? b : a;
  PyOutcome joined = {sequence, {}};
  joined.value.json = nullptr;
  if (op == "*") {
    if (other.IsWhole()) return joined;
    return Raise(
        fmt::format("TypeError: can't multiply sequence by non-int of type '{}'", PyClass(other)));
  }
  if (op == "%" && a.Is(Kind::kStr)) return Formatted(a, b);
  if (op != "+" || !IsSequence(a)) return Unsupported(op, a, b);
  if (a.kind == b.kind) return joined;
  return Raise(fmt::format("TypeError: can only concatenate {0} (not \"{1}\") to {0}", PyClass(a),
                           PyClass(b)));
}

// Whether int() takes a text: digits, a sign, spaces around and single _ between.
bool IsIntegerText(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsWithin(const Version* python, std::string_view spec) {
  const VersionSpec* wanted = KnownSpec(spec);
  return python != nullptr && wanted != nullptr && wanted->Contains(*python);
}

}  // namespace

PyValue PyValueOf(const JsonValue& json, std::string_view key) {
  static constexpr Kind kKinds[] = {Kind::kNone, Kind::kBool, Kind::kInt,
                                    Kind::kStr,  Kind::kList, Kind::kDict};
  PyValue value;
  value.kind = kKinds[static_cast<size_t>(json.kind)];
  value.json = &json;
  value.key = key;
  if (value.Is(Kind::kBool)) value.number = json.boolean ? 1 : 0;
  if (!value.Is(Kind::kInt)) return value;
  if (PythonClass(json) == "float") value.kind = Kind::kFloat;
  value.number = std::strtod(json.text.c_str(), nullptr);
  return value;
}

PyValue PyBool(bool value, std::string_view key) {
  return Number(Kind::kBool, value ? 1 : 0, key).value;
}

std::string_view PyClass(const PyValue& value) {
  static constexpr std::string_view kNames[] = {"",      "NoneType", "bool", "int",
                                                "float", "str",      "list", "dict"};
  return kNames[static_cast<size_t>(value.kind)];
}

std::string PyRepr(const PyValue& value) {
  if (value.json != nullptr) return PythonText(*value.json);
  if (value.Is(Kind::kBool)) return value.number != 0 ? "True" : "False";
  if (value.Is(Kind::kNone)) return "None";
  const bool is_exact = value.Is(Kind::kInt) && std::abs(value.number) < 1e15;
  return is_exact ? std::to_string(static_cast<int64_t>(value.number)) : std::string();
}

std::optional<bool> PyTruth(const PyValue& value) {
  if (value.Is(Kind::kNone)) return false;
  if (value.IsNumber()) return value.number != 0;
  if (value.json == nullptr) return std::nullopt;
  return !value.json->text.empty() || !value.json->items.empty() || !value.json->members.empty();
}

PyOutcome PyBinary(std::string_view op, const PyValue& a, const PyValue& b) {
  if (a.Is(Kind::kUnknown) || b.Is(Kind::kUnknown)) return {};
  const std::string_view key = KeyOf(a, b);
  if (op == "==" || op == "!=") {
    if (a.IsNumber() && b.IsNumber())
      return {PyBool((a.number == b.number) == (op == "=="), key), {}};
    if (a.kind != b.kind || a.Is(Kind::kNone))
      return {PyBool((a.kind == b.kind) == (op == "=="), key), {}};
    if (!IsText(a) || !IsText(b)) return {};
    return {PyBool((a.json->text == b.json->text) == (op == "=="), key), {}};
  }
  if (a.IsNumber() && b.IsNumber()) return Arithmetic(op, a, b);
  if (IsComparison(op)) {
    if (a.kind == b.kind && IsSequence(a)) return {};
    return Raise(fmt::format("TypeError: '{}' not supported between instances of '{}' and '{}'", op,
                             PyClass(a), PyClass(b)));
  }
  if (op == "*" || op == "+" || op == "%") {
    if (a.Is(Kind::kStr) && op == "%") return Formatted(a, b);
    if (op == "*" ? IsSequence(a) || IsSequence(b) : op == "+" && IsSequence(a)) {
      return OfSequence(op, a, b);
    }
  }
  return Unsupported(op, a, b);
}

PyOutcome PyInt(const PyValue& value, const Version* python) {
  if (value.Is(Kind::kUnknown)) return {};
  if (value.IsNumber()) return Number(Kind::kInt, std::trunc(value.number), value.key);
  if (value.Is(Kind::kStr)) {
    if (!IsText(value)) return {};
    const std::string& text = value.json->text;
    if (IsIntegerText(text))
      return Number(Kind::kInt, std::strtod(text.c_str(), nullptr), value.key);
    return Raise("ValueError: invalid literal for int() with base 10: " + PyRepr(value));
  }
  if (python == nullptr) return Raise({});
  return Raise(fmt::format(
      "TypeError: int() argument must be a string, a bytes-like object or a {}number, not '{}'",
      IsWithin(python, ">=3.10") ? "real " : "", PyClass(value)));
}

PyOutcome PyIn(const PyValue& value, const PyValue& container) {
  if (container.Is(Kind::kUnknown) || value.Is(Kind::kUnknown)) return {};
  if (container.Is(Kind::kStr) && !value.Is(Kind::kStr)) {
    return Raise(fmt::format("TypeError: 'in <string>' requires string as left operand, not {}",
                             PyClass(value)));
  }
  if (!IsSequence(container) && !container.Is(Kind::kDict)) {
    return Raise(
        fmt::format("TypeError: argument of type '{}' is not iterable", PyClass(container)));
  }
  if (container.Is(Kind::kDict)) {
    if (auto raised = PyUnhashable(value)) return {{}, std::move(raised)};
  }
  if (container.json == nullptr || !IsText(value)) return {};
  const JsonValue& within = *container.json;
  const std::string& word = value.json->text;
  const bool is_in =
      container.Is(Kind::kDict) ? within.Find(word) != nullptr
      : container.Is(Kind::kStr)
          ? within.text.find(word) != std::string::npos
          : std::any_of(within.items.begin(), within.items.end(), [&](const JsonValue& item) {
              return item.Is(JsonValue::Kind::kString) && item.text == word;
            });
  return {PyBool(is_in, container.key), {}};
}

PyOutcome PyItem(const PyValue& container, const std::string& key, const Version* python) {
  if (container.Is(Kind::kUnknown)) return {};
  if (container.Is(Kind::kList)) {
    return Raise("TypeError: list indices must be integers or slices, not str");
  }
  if (container.Is(Kind::kStr)) {
    if (python == nullptr) return Raise({});
    return Raise(std::string("TypeError: string indices must be integers") +
                 (IsWithin(python, ">=3.11") ? ", not 'str'" : ""));
  }
  if (!container.Is(Kind::kDict)) {
    return Raise(fmt::format("TypeError: '{}' object is not subscriptable", PyClass(container)));
  }
  if (container.json == nullptr) return {};
  const JsonValue* item = container.json->Find(key);
  if (item == nullptr) return Raise("KeyError: '" + key + "'");
  return {PyValueOf(*item, container.key), {}};
}

std::optional<std::string> PyNoIndex(const PyValue& value) {
  if (value.Is(Kind::kUnknown) || value.IsWhole()) return std::nullopt;
  return fmt::format("TypeError: '{}' object cannot be interpreted as an integer", PyClass(value));
}

std::optional<std::string> PyNoIterable(const PyValue& value) {
  if (!value.IsNumber() && !value.Is(Kind::kNone)) return std::nullopt;
  return fmt::format("TypeError: '{}' object is not iterable", PyClass(value));
}

std::optional<std::string> PyUnhashable(const PyValue& value) {
  if (!value.Is(Kind::kList) && !value.Is(Kind::kDict)) return std::nullopt;
  return fmt::format("TypeError: unhashable type: '{}'", PyClass(value));
}

}  // namespace weighlock
