// Values of JSON as Python has them.
#pragma once

#include <string>
#include <string_view>

#include "json/json.h"

namespace weighlock {

// A value as Python prints it: {'type': 'linear', 'factor': 8.0, 'x': None}. Recursion as deep as
// the value, which Limits::json_depth bounds.
std::string PythonText(const JsonValue& value);

// What Python calls the class of a value: "dict", "list", "str", "int", "float", "bool",
// "NoneType".
std::string_view PythonClass(const JsonValue& value);

}  // namespace weighlock
