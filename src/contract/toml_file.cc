// Through toml++, which bounds the nesting of values, but neither that of dotted keys nor the
// recursion that takes its tables down again: so keys are counted before it sees them.
#include "contract/toml_file.h"

#include <fmt/format.h>

#include <algorithm>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <toml++/impl/preprocessor.h>
// "[[[" breaks what toml++ 3.0 takes for granted of a key, and checks again behind it: with this
// macro as it is, assert() would end the program, or the compiler build on what is not so.
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expr) static_cast<void>(0)
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include "base/escape.h"
#include "contract/text_file.h"

namespace weighlock {
namespace {

constexpr size_t kMostDots = 2000;
constexpr size_t kMostDepth = 6;

class Converter {
 public:
  explicit Converter(const std::string& path) : path_(path) {}

  // Recursion to kMostDepth.
  Result<JsonValue> Convert(const toml::node& node, size_t depth) const {
    JsonValue value;
    value.offset = node.source().begin.line;
    if (depth > kMostDepth) return LineError(path_, value.offset, "nested too deep");
    if (const toml::table* table = node.as_table()) {
      value.kind = JsonValue::Kind::kObject;
      for (const auto& [key, member] : *table) {
        WL_TRY(JsonValue converted, Convert(member, depth + 1));
        if (!member.is_array_of_tables()) converted.offset = key.source().begin.line;
        value.members.push_back({std::string(key.str()), std::move(converted)});
      }
      // toml++ sorts by name; people read by line.
      std::stable_sort(
          value.members.begin(), value.members.end(),
          [](const JsonMember& a, const JsonMember& b) { return a.value.offset < b.value.offset; });
    } else if (const toml::array* array = node.as_array()) {
      value.kind = JsonValue::Kind::kArray;
      for (const toml::node& item : *array) {
        WL_TRY(JsonValue converted, Convert(item, depth + 1));
        value.items.push_back(std::move(converted));
      }
    } else {
      WL_CHECKED(Scalar(node, value));
    }
    return value;
  }

 private:
  Status Scalar(const toml::node& node, JsonValue& value) const {
    value.kind = JsonValue::Kind::kString;
    if (const auto* text = node.as_string()) {
      value.text = text->get();
    } else if (const auto* number = node.as_integer()) {
      value.kind = JsonValue::Kind::kNumber;
      value.text = std::to_string(number->get());
    } else if (const auto* real = node.as_floating_point()) {
      value.kind = JsonValue::Kind::kNumber;
      value.text = fmt::format("{}", real->get());
    } else if (const auto* boolean = node.as_boolean()) {
      value.kind = JsonValue::Kind::kBool;
      value.boolean = boolean->get();
    } else if (const auto* date = node.as_date()) {
      const toml::date day = date->get();
      value.text = fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day);
    } else {
      return LineError(path_, value.offset, "a time of day, where a date is enough");
    }
    return {};
  }

  const std::string& path_;
};

}  // namespace

Result<JsonValue> ReadToml(const std::string& path, const std::string& text) {
  if (static_cast<size_t>(std::count(text.begin(), text.end(), '.')) > kMostDots) {
    return Error(Code::kLimit, fmt::format("more than {} dots", kMostDots), kNoOffset, path);
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return LineError(path, parsed.error().source().begin.line,
                     "no TOML: " + Escape(parsed.error().description()));
  }
  return Converter(path).Convert(parsed.table(), 0);
}

}  // namespace weighlock
