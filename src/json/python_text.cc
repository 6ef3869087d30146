// Kind by kind.
#include "json/python_text.h"

#include <fmt/format.h>

namespace weighlock {

using Kind = JsonValue::Kind;

std::string PythonText(const JsonValue& value) {
  std::string out;
  switch (value.kind) {
    case Kind::kNull:
      return "None";
    case Kind::kBool:
      return value.boolean ? "True" : "False";
    case Kind::kNumber:
      return value.text;
    case Kind::kString: {
      const char quote = value.text.find('\'') == std::string::npos ? '\'' : '"';
      return quote + value.text + quote;
    }
    case Kind::kArray:
      for (const JsonValue& item : value.items) {
        out += (out.empty() ? "" : ", ") + PythonText(item);
      }
      return "[" + out + "]";
    case Kind::kObject:
      for (const JsonMember& member : value.members) {
        out += fmt::format("{}'{}': {}", out.empty() ? "" : ", ", member.name,
                           PythonText(member.value));
      }
      return "{" + out + "}";
  }
  return out;
}

std::string_view PythonClass(const JsonValue& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kNumber:
      return value.text.find_first_of(".eE") == std::string::npos ? "int" : "float";
    case Kind::kString:
      return "str";
    case Kind::kArray:
      return "list";
    case Kind::kObject:
      return "dict";
  }
  return {};
}

}  // namespace weighlock
