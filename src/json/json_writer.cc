// The writer keeps how deep it stands and whether a comma is due; strings go out with the escapes
// that JSON requires, and DEL's beside them, on which terminals act.
#include "json/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace weighlock {

std::string JsonString(std::string_view text) {
  std::string quoted;
  quoted += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '\r':
        quoted += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          quoted += c;
        }
    }
  }
  quoted += '"';
  return quoted;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  BeforeValue();
  text_ += JsonString(key) + ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  BeforeValue();
  text_ += JsonString(text);
  return *this;
}

JsonWriter& JsonWriter::Number(std::string_view spelling) {
  return Literal(spelling);
}

std::string JsonWriter::Finish() && {
  assert(levels_.empty());
  text_ += '\n';
  return std::move(text_);
}

JsonWriter& JsonWriter::Begin(char open, bool inline_items) {
  BeforeValue();
  text_ += open;
  // What stands inside a line stays in it.
  levels_.push_back({inline_items || (!levels_.empty() && levels_.back().is_inline)});
  return *this;
}

JsonWriter& JsonWriter::End(char close) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.is_empty && !level.is_inline) NewLine();
  text_ += close;
  return *this;
}

JsonWriter& JsonWriter::Literal(std::string_view text) {
  BeforeValue();
  text_ += text;
  return *this;
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.is_empty) text_ += level.is_inline ? ", " : ",";
  if (!level.is_inline) NewLine();
  level.is_empty = false;
}

void JsonWriter::NewLine() {
  text_ += '\n';
  // No deeper than a page is wide, so that deep values do not cost their depth in every line.
  text_.append(2 * std::min<size_t>(levels_.size(), 40), ' ');
}

}  // namespace weighlock
