// What Python makes of values of JSON: which operators take them, and what is raised where one does
// not. Only values of other types than a reader expects are told apart: of numbers the sizes count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/json.h"
#include "weighlock/target.h"

namespace weighlock {

struct PyValue {
  enum class Kind : uint8_t { kUnknown, kNone, kBool, kInt, kFloat, kStr, kList, kDict };

  Kind kind = Kind::kUnknown;
  double number = 0;                // kBool, kInt, kFloat
  const JsonValue* json = nullptr;  // what it was in the file; borrowed, null: it was computed
  std::string_view key;             // of the configuration, from which it comes; borrowed

  bool Is(Kind k) const { return kind == k; }
  bool IsNumber() const { return Is(Kind::kBool) || Is(Kind::kInt) || Is(Kind::kFloat); }
  bool IsWhole() const { return Is(Kind::kBool) || Is(Kind::kInt); }
};

PyValue PyValueOf(const JsonValue& json, std::string_view key);
PyValue PyBool(bool value, std::string_view key);
// "str", "NoneType"; empty: not known.
std::string_view PyClass(const PyValue& value);
// As print and repr write it; empty: not known.
std::string PyRepr(const PyValue& value);
// What `if` makes of it; empty: not known.
std::optional<bool> PyTruth(const PyValue& value);

// A result, or what was raised instead: its words are empty where they are not known.
struct PyOutcome {
  PyValue value;
  std::optional<std::string> raised;
};

// +, -, *, /, //, %, **, <, <=, >, >=, ==, !=
PyOutcome PyBinary(std::string_view op, const PyValue& a, const PyValue& b);
// int(value); a release of Python decides on the words, null: which is not known.
PyOutcome PyInt(const PyValue& value, const Version* python);
// value in container
PyOutcome PyIn(const PyValue& value, const PyValue& container);
// container["key"]
PyOutcome PyItem(const PyValue& container, const std::string& key, const Version* python);

// What is raised where an integer is wanted, something to go through, or a key of a dict or set;
// nothing: the value will do.
std::optional<std::string> PyNoIndex(const PyValue& value);
std::optional<std::string> PyNoIterable(const PyValue& value);
std::optional<std::string> PyUnhashable(const PyValue& value);

}  // namespace weighlock
