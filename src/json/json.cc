// nlohmann's SAX parser decides what is JSON; this file turns its events into values, and adds
// what it leaves open: where each value stood, duplicate keys, depth, numbers as spelled.
#include "json/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/escape.h"

namespace weighlock {
namespace {

Error Bad(std::string what, uint64_t offset) {
  return Error(Code::kMalformed, "JSON: " + std::move(what), offset);
}

bool IsSeparator(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':' || c == ']' ||
         c == '}';
}

// Collects events into a tree, with a stack of its own. Positions are not part of an event, but
// follow from the text: a token begins at the first byte after the last one that separates nothing.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const Limits& limits, DuplicateKeys duplicates)
      : text_(text), limits_(limits), duplicates_(duplicates) {}

  JsonValue&& TakeRoot() { return std::move(root_); }
  Error&& TakeError() { return std::move(*error_); }

  // The parser takes a NUL for the end of the text; we do not.
  Status RefuseTrailing() const {
    const size_t rest = text_.find_first_not_of(" \t\n\r]}", position_);
    if (rest == std::string_view::npos) return {};
    return Bad("bytes follow the value", rest);
  }

  bool null() override {
    Scalar(JsonValue::Kind::kNull, 4);
    return CountValue();
  }
  bool boolean(bool value) override {
    Scalar(JsonValue::Kind::kBool, value ? 4 : 5).boolean = value;
    return CountValue();
  }
  bool number_integer(number_integer_t) override { return Number(); }
  bool number_unsigned(number_unsigned_t) override { return Number(); }
  bool number_float(number_float_t, const string_t&) override { return Number(); }
  bool string(string_t& value) override {
    const size_t start = TokenStart();
    Scalar(JsonValue::Kind::kString, StringLength(start)).text = std::move(value);
    return CountValue();
  }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(size_t) override { return Open(JsonValue::Kind::kObject); }
  bool start_array(size_t) override { return Open(JsonValue::Kind::kArray); }
  bool end_array() override { return Close(); }
  bool end_object() override { return SettleDuplicates(*open_.back()) && Close(); }
  bool key(string_t& name) override {
    const size_t start = TokenStart();
    position_ = start + StringLength(start);
    open_.back()->members.push_back({std::move(name), {}});
    open_.back()->members.back().value.offset = start;
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& exception) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: <what we want>"
    std::string_view what = exception.what();
    if (const size_t colon = what.find(": "); colon != std::string_view::npos) {
      what.remove_prefix(colon + 2);
    }
    // The message quotes what was read, which may be long.
    error_ =
        Bad(Escape(what.substr(0, 200)), std::min(position == 0 ? 0 : position - 1, text_.size()));
    return false;
  }

 private:
  size_t TokenStart() const {
    size_t at = position_;
    while (at < text_.size() && IsSeparator(text_[at])) ++at;
    return at;
  }

  // Bytes of the string literal at `start`, quotes included.
  size_t StringLength(size_t start) const {
    size_t at = start + 1;
    while (text_[at] != '"') at += text_[at] == '\\' ? 2 : 1;
    return at + 1 - start;
  }

  JsonValue& Slot() {
    if (open_.empty()) return root_;
    JsonValue& parent = *open_.back();
    if (parent.Is(JsonValue::Kind::kObject)) return parent.members.back().value;
    return parent.items.emplace_back();
  }

  JsonValue& Scalar(JsonValue::Kind kind, size_t length) {
    JsonValue& value = Slot();
    value.kind = kind;
    value.offset = TokenStart();
    position_ = value.offset + length;
    return value;
  }

  bool Number() {
    const size_t start = TokenStart();
    const size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", start), text_.size());
    Scalar(JsonValue::Kind::kNumber, end - start).text = text_.substr(start, end - start);
    return CountValue();
  }

  bool CountValue() {
    if (++values_ <= limits_.json_values) return true;
    error_ = Error(Code::kLimit, fmt::format("JSON: more than {} values", limits_.json_values),
                   position_);
    return false;
  }

  bool Open(JsonValue::Kind kind) {
    JsonValue& value = Scalar(kind, 1);
    if (open_.size() >= limits_.json_depth) {
      error_ =
          Error(Code::kLimit, fmt::format("JSON: nested deeper than {} levels", limits_.json_depth),
                value.offset);
      return false;
    }
    open_.push_back(&value);
    return CountValue();
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool SettleDuplicates(JsonValue& object) {
    // Sorted, not hashed: keys that all hash alike are easily made.
    std::vector<JsonMember*> sorted;
    sorted.reserve(object.members.size());
    for (JsonMember& member : object.members) sorted.push_back(&member);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const JsonMember* a, const JsonMember* b) { return a->name < b->name; });
    const JsonMember* first = nullptr;  // of those that repeat an earlier one
    std::vector<bool> repeated(object.members.size());
    for (size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i]->name != sorted[i - 1]->name) continue;
      repeated[static_cast<size_t>(sorted[i - 1] - object.members.data())] = true;
      if (first == nullptr || sorted[i]->value.offset < first->value.offset) first = sorted[i];
    }
    if (first == nullptr) return true;
    if (duplicates_ == DuplicateKeys::kLastCounts) {
      const JsonMember* const begin = object.members.data();
      std::erase_if(object.members, [&](const JsonMember& member) {
        return repeated[static_cast<size_t>(&member - begin)];
      });
      return true;
    }
    error_ =
        Bad("the key " + Quote(first->name) + " stands twice in one object", first->value.offset);
    return false;
  }

  std::string_view text_;
  const Limits& limits_;
  const DuplicateKeys duplicates_;
  uint64_t values_ = 0;  // so far
  size_t position_ = 0;  // behind the last token
  JsonValue root_;
  // Arrays and objects not closed yet, outermost first. A parent grows only while it is the last,
  // so the pointers to those above it stay good.
  std::vector<JsonValue*> open_;
  std::optional<Error> error_;
};

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

const std::string* JsonValue::FindString(std::string_view key) const {
  const JsonValue* value = Find(key);
  return value != nullptr && value->Is(Kind::kString) ? &value->text : nullptr;
}

bool JsonValue::FindTrue(std::string_view key) const {
  const JsonValue* value = Find(key);
  return value != nullptr && value->Is(Kind::kBool) && value->boolean;
}

std::optional<uint64_t> JsonValue::AsUint() const {
  uint64_t number;
  const char* end = text.data() + text.size();
  if (kind != Kind::kNumber) return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string_view KindName(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return "true or false";
    case JsonValue::Kind::kNumber:
      return "a number";
    case JsonValue::Kind::kString:
      return "a string";
    case JsonValue::Kind::kArray:
      return "an array";
    case JsonValue::Kind::kObject:
      return "an object";
  }
  return "a value";
}

Result<JsonValue> ParseJson(Bytes bytes, const Limits& limits, DuplicateKeys duplicates) {
  const std::string_view text = AsText(bytes);
  // The parser would skip a byte-order mark; JSON has none.
  if (text.starts_with("\xEF\xBB\xBF")) return Bad("begins with a byte-order mark", 0);
  Builder builder(text, limits, duplicates);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return builder.TakeError();
  WL_CHECKED(builder.RefuseTrailing());
  return builder.TakeRoot();
}

}  // namespace weighlock
