// JSON text written value by value, indented by two spaces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

// A text between quotes, with escapes where JSON wants them. Requires UTF-8.
std::string JsonString(std::string_view text);

// Calls must follow the grammar: in an object every value has its Key before it. Depth costs a
// byte.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  // `inline_items`: on one line, as lists of numbers are best read.
  JsonWriter& BeginArray(bool inline_items = false) { return Begin('[', inline_items); }
  JsonWriter& EndArray() { return End(']'); }

  // Requires UTF-8 (IsUtf8), as String does.
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view text);
  // Digits as they are to stand: the caller knows that they are a JSON number.
  JsonWriter& Number(std::string_view spelling);
  JsonWriter& Uint(uint64_t value) { return Number(std::to_string(value)); }
  JsonWriter& Bool(bool value) { return Literal(value ? "true" : "false"); }
  JsonWriter& Null() { return Literal("null"); }

  size_t size() const { return text_.size(); }          // bytes so far
  void Reserve(size_t bytes) { text_.reserve(bytes); }  // for a text of about this length

  // The text, with a newline at its end.
  std::string Finish() &&;

 private:
  struct Level {
    bool is_inline;
    bool is_empty = true;
  };
  JsonWriter& Begin(char open, bool inline_items = false);
  JsonWriter& End(char close);
  JsonWriter& Literal(std::string_view text);
  void BeforeValue();
  void NewLine();

  std::string text_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace weighlock
