// What is surely JSON is read by our own scanner, for its speed; of the rest nlohmann's SAX parser
// decides whether it is JSON, and says what is amiss.
#include "json/json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "json/json_scan.h"
#include "json/json_tree.h"

namespace weighlock {
namespace {

Error Bad(std::string what, uint64_t offset) {
  return Error(Code::kMalformed, "JSON: " + std::move(what), offset);
}

bool IsSeparator(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':' || c == ']' ||
         c == '}';
}

// nlohmann's events for the tree. Positions are not part of an event, but follow from the text: a
// token begins at the first byte after the last one that separates nothing.
class Events : public nlohmann::json_sax<nlohmann::json> {
 public:
  Events(std::string_view text, JsonTree& tree) : text_(text), tree_(tree) {}

  // Of a text that was refused, by the parser or by the tree.
  Error TakeError() { return error_ ? *std::move(error_) : tree_.TakeError(); }

  // The parser takes a NUL for the end of the text; we do not.
  Status RefuseTrailing() const {
    const size_t rest = text_.find_first_not_of(" \t\n\r]}", tree_.position());
    if (rest == std::string_view::npos) return {};
    return Bad("bytes follow the value", rest);
  }

  bool null() override { return tree_.Null(TokenStart()); }
  bool boolean(bool value) override { return tree_.Boolean(TokenStart(), value); }
  bool number_integer(number_integer_t) override { return Number(); }
  bool number_unsigned(number_unsigned_t) override { return Number(); }
  bool number_float(number_float_t, const string_t&) override { return Number(); }
  bool string(string_t& value) override {
    const size_t start = TokenStart();
    return tree_.String(start, StringLength(start), std::move(value));
  }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(size_t) override { return tree_.Open(JsonValue::Kind::kObject, TokenStart()); }
  bool start_array(size_t) override { return tree_.Open(JsonValue::Kind::kArray, TokenStart()); }
  bool end_array() override { return tree_.Close(); }
  bool end_object() override { return tree_.Close(); }
  bool key(string_t& name) override {
    const size_t start = TokenStart();
    tree_.Key(start, StringLength(start), std::move(name));
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
    size_t at = tree_.position();
    while (at < text_.size() && IsSeparator(text_[at])) ++at;
    return at;
  }

  // Bytes of the string literal at `start`, quotes included.
  size_t StringLength(size_t start) const {
    size_t at = start + 1;
    while (text_[at] != '"') at += text_[at] == '\\' ? 2 : 1;
    return at + 1 - start;
  }

  bool Number() {
    const size_t start = TokenStart();
    const size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", start), text_.size());
    return tree_.Number(start, text_.substr(start, end - start));
  }

  std::string_view text_;
  JsonTree& tree_;
  std::optional<Error> error_;
};

Result<JsonValue> ParseSlowly(std::string_view text, const Limits& limits,
                              DuplicateKeys duplicates) {
  JsonTree tree(limits, duplicates);
  Events events(text, tree);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &events)) return events.TakeError();
  WL_CHECKED(events.RefuseTrailing());
  return tree.TakeRoot();
}

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
  JsonTree tree(limits, duplicates);
  switch (ScanJson(text, tree)) {
    case ScanOutcome::kRead:
      return tree.TakeRoot();
    case ScanOutcome::kRefused:
      return tree.TakeError();
    case ScanOutcome::kUnsure:
      return ParseSlowly(text, limits, duplicates);
  }
  return tree.TakeRoot();
}

}  // namespace weighlock
