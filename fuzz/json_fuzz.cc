// The JSON reader on any bytes, against nlohmann's DOM.
//
// Promised: no crash; errors and values lie inside the input; the same texts are JSON to both but
// for what only we refuse, a key twice, nesting beyond the limit, a byte-order mark, a NUL, too
// many values, and what only they refuse: numbers beyond a double.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "fuzz_target.h"
#include "json/json.h"
#include "json/json_edit.h"

namespace weighlock {
namespace {

using Dom = nlohmann::ordered_json;

void CheckSame(const JsonValue& ours, const Dom& theirs, Bytes text) {
  WL_FUZZ_CHECK(ours.offset < text.size());
  const auto first = static_cast<char>(text[static_cast<size_t>(ours.offset)]);
  switch (ours.kind) {
    case JsonValue::Kind::kNull:
      WL_FUZZ_CHECK(theirs.is_null() && first == 'n');
      return;
    case JsonValue::Kind::kBool:
      WL_FUZZ_CHECK(theirs.is_boolean() && theirs.get<bool>() == ours.boolean);
      WL_FUZZ_CHECK(first == (ours.boolean ? 't' : 'f'));
      return;
    case JsonValue::Kind::kNumber:
      WL_FUZZ_CHECK(theirs.is_number() && !ours.text.empty() && first == ours.text[0]);
      if (const auto number = ours.AsUint()) {
        WL_FUZZ_CHECK(theirs.is_number_unsigned() && theirs.get<uint64_t>() == *number);
      }
      return;
    case JsonValue::Kind::kString:
      WL_FUZZ_CHECK(theirs.is_string() && theirs.get_ref<const std::string&>() == ours.text);
      WL_FUZZ_CHECK(first == '"');
      return;
    case JsonValue::Kind::kArray:
      WL_FUZZ_CHECK(theirs.is_array() && theirs.size() == ours.items.size() && first == '[');
      for (size_t i = 0; i < ours.items.size(); ++i) CheckSame(ours.items[i], theirs[i], text);
      return;
    case JsonValue::Kind::kObject:
      WL_FUZZ_CHECK(theirs.is_object() && theirs.size() == ours.members.size() && first == '{');
      for (const auto& [name, value] : ours.members) {
        const auto found = theirs.find(name);
        WL_FUZZ_CHECK(found != theirs.end() && ours.Find(name) == &value);
        // A member's place is its value's.
        CheckSame(value, *found, text);
      }
      return;
  }
}

// Of these their parser says that they overflow; ours keeps them as they are spelled.
bool HasNumberBeyondDouble(const JsonValue& value) {
  const auto of_member = [](const JsonMember& m) { return HasNumberBeyondDouble(m.value); };
  return (value.Is(JsonValue::Kind::kNumber) &&
          std::isinf(std::strtod(value.text.c_str(), nullptr))) ||
         std::any_of(value.items.begin(), value.items.end(), HasNumberBeyondDouble) ||
         std::any_of(value.members.begin(), value.members.end(), of_member);
}

bool OnlyWeRefuse(Bytes text, const Error& error) {
  return error.code() == Code::kLimit || AsText(text).find('\0') != std::string_view::npos ||
         AsText(text).starts_with("\xEF\xBB\xBF") ||
         error.what().ends_with("stands twice in one object");
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes text = std::as_bytes(std::span(data, size));
  const auto ours = ParseJson(text, Limits());
  // The oracle recurses to free its values.
  const auto opening = [](std::byte b) { return b == std::byte{'['} || b == std::byte{'{'}; };
  if (std::count_if(text.begin(), text.end(), opening) > 10'000) return 0;
  const Dom theirs = Dom::parse(AsText(text).begin(), AsText(text).end(), nullptr,
                                /*allow_exceptions=*/false);
  // Spans are told of any bytes, and lie in them.
  for (const JsonSpan& span : JsonSpans(AsText(text), 0)) {
    WL_FUZZ_CHECK(span.begin < span.end && span.end <= size);
  }
  if (!ours) {
    WL_FUZZ_CHECK(ours.error().offset() <= size);
    WL_FUZZ_CHECK(theirs.is_discarded() || OnlyWeRefuse(text, ours.error()));
    return 0;
  }
  if (theirs.is_discarded()) {
    WL_FUZZ_CHECK(HasNumberBeyondDouble(*ours));
    return 0;
  }
  CheckSame(*ours, theirs, text);
  const size_t end = JsonValueEnd(AsText(text), static_cast<size_t>(ours->offset));
  WL_FUZZ_CHECK(AsText(text).find_first_not_of(" \t\r\n", end) == std::string_view::npos);
  if (ours->offset == 0) {
    WL_FUZZ_CHECK(JsonSpans(AsText(text), 0).size() == ours->items.size() + ours->members.size());
  }
  return 0;
}
