// Annotations as alternatives, and values held against each, as huggingface_hub's dataclasses.py
// does.
#include "compat/config_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "compat/known_spec.h"
#include "json/python_text.h"

namespace weighlock {

// kb/config_types.json, embedded by the build.
extern const std::string_view kBuiltinConfigTypes;

namespace {

using Kind = JsonValue::Kind;

// "int | list[int] | None" -> its three parts.
std::vector<std::string_view> Alternatives(std::string_view type) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < type.size(); ++i) {
    if (type[i] == '[') ++depth;
    if (type[i] == ']') --depth;
    if (type[i] == '|' && depth == 0) {
      parts.push_back(type.substr(begin, i - 1 - begin));
      begin = i + 2;
    }
  }
  parts.push_back(type.substr(std::min(begin, type.size())));
  return parts;
}

bool IsSimple(std::string_view type) {
  return type == "int" || type == "float" || type == "bool" || type == "str" || type == "None";
}

// Of an alternative, which no value passes: the check of it raises.
constexpr std::string_view kTypedDict = "RopeParameters";

// The first item of a list that is none of "list[str]", "list[int]"; what else it may hold is not
// judged.
std::optional<size_t> OddItem(const JsonValue& value, std::string_view type) {
  const bool is_judged = type == "list[str]" || type == "list[int]";
  for (size_t i = 0; is_judged && i < value.items.size(); ++i) {
    if (PythonClass(value.items[i]) != type.substr(5, 3)) return i;
  }
  return std::nullopt;
}

// Whether a value passes for one alternative; what is not simple takes any list or object.
bool Passes(const JsonValue& value, std::string_view type) {
  if (type == "None") return value.Is(Kind::kNull);
  if (IsSimple(type)) return PythonClass(value) == type;
  if (type.starts_with("list")) return value.Is(Kind::kArray) && !OddItem(value, type);
  if (type.starts_with("tuple")) return value.Is(Kind::kArray);
  if (type == kTypedDict) return false;
  if (type.starts_with("dict")) return value.Is(Kind::kObject);
  if (type.starts_with("Literal")) {
    return value.Is(Kind::kString) && type.find("'" + value.text + "'") != std::string_view::npos;
  }
  return true;
}

std::string Expected(std::string_view key, std::string_view type, const JsonValue& value) {
  if (type == kTypedDict) return "TypedDict does not support instance and class checks";
  if (type.starts_with("list")) {
    if (const auto item = OddItem(value, type)) {
      return fmt::format("Invalid item at index {} in list '{}'", *item, key);
    }
    return fmt::format("Field '{}' expected a list, got {}", key, PythonClass(value));
  }
  return fmt::format("Field '{}' expected {}, got {} (value: {})", key,
                     type == "None" ? "NoneType" : type, PythonClass(value), PythonText(value));
}

// An alternative as Python prints it; empty: it is not known.
std::string Printed(std::string_view part) {
  if (part == "None") return "<class 'NoneType'>";
  if (part == kTypedDict) return "<class 'transformers.modeling_rope_utils.RopeParameters'>";
  if (IsSimple(part) || part == "dict") return fmt::format("<class '{}'>", part);
  return part.starts_with("list[") ? std::string(part) : std::string();
}

std::string Message(std::string_view key, std::string_view type, const JsonValue& value) {
  const auto parts = Alternatives(type);
  std::string error = Expected(key, type, value);
  if (parts.size() > 1) {
    std::string types, errors;
    for (const std::string_view part : parts) {
      const std::string printed = Printed(part);
      if (printed.empty()) return {};
      types += (types.empty() ? "" : ", ") + printed;
      errors += (errors.empty() ? "" : "; ") + Expected(key, part, value);
    }
    error = fmt::format("Field '{}' with value {} doesn't match any type in ({}). Errors: {}", key,
                        PythonText(value), types, errors);
  } else if (!IsSimple(type)) {
    return {};
  }
  return fmt::format(
      "StrictDataclassFieldValidationError: Validation error for field '{}':\n"
      "    TypeError: {}",
      key, error);
}

// The field that a value becomes: rope_scaling is another name of rope_parameters where it says
// anything. Of texts another rule speaks.
std::string_view FieldOf(const JsonMember& member) {
  const JsonValue& value = member.value;
  const bool says = (value.Is(Kind::kBool) && value.boolean) || !value.items.empty() ||
                    (value.Is(Kind::kNumber) && std::strtod(value.text.c_str(), nullptr) != 0);
  return member.name == "rope_scaling" && says ? "rope_parameters" : std::string_view(member.name);
}

// The annotation of a field in a release; empty: none.
std::string_view TypeOf(const JsonValue& row, std::string_view field, const Version& version) {
  if (row.items.size() > 2) {
    const JsonValue* changed = row.items[2].Find(field);
    for (size_t i = 0; changed != nullptr && i < changed->items.size(); ++i) {
      const JsonValue& form = changed->items[i];
      if (IsWithinRanges(form.items[1], version)) return form.items[0].text;
    }
  }
  for (const JsonMember& type : row.items[1].members) {
    for (const JsonValue& name : type.value.items) {
      if (name.text == field) return type.name;
    }
  }
  return {};
}

}  // namespace

Result<ConfigTypes> ConfigTypes::Builtin() {
  return Parse(kBuiltinConfigTypes);
}

Result<ConfigTypes> ConfigTypes::Parse(std::string_view text) {
  if (text.find("\"schema\": \"weighlock-config-types/1\"") == std::string_view::npos) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-config-types/1\"", 0);
  }
  ConfigTypes types;
  types.table_ = JsonTable(text);
  return types;
}

std::optional<TypeFault> ConfigTypes::FirstFault(std::string_view config_class,
                                                 const JsonValue& config,
                                                 const Version& transformers) const {
  const JsonValue* row = table_.Table("classes").Find(config_class);
  if (row == nullptr || row->items.size() < 2 || !IsWithinRanges(row->items[0], transformers))
    return std::nullopt;
  for (const JsonMember& member : config.members) {
    const std::string_view field = FieldOf(member);
    const std::string_view type = TypeOf(*row, field, transformers);
    if (type.empty()) continue;
    const auto parts = Alternatives(type);
    const bool passes = std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
      return Passes(member.value, part);
    });
    if (passes) continue;
    return TypeFault{member.name, std::string(type), Message(field, type, member.value)};
  }
  return std::nullopt;
}

}  // namespace weighlock
