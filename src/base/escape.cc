// Escaping for people: decode UTF-8 strictly, pass what is harmless, spell out the rest.
#include "base/escape.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace weighlock {
namespace {

struct Decoded {
  uint32_t code_point;
  size_t length;  // 0: not UTF-8 at this place
};

// Decodes one code point at text[0]; `text` is not empty.
Decoded DecodeOne(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  size_t length;
  uint32_t value, smallest;
  if ((first & 0xE0) == 0xC0) {
    length = 2, value = first & 0x1Fu, smallest = 0x80;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3, value = first & 0x0Fu, smallest = 0x800;
  } else if ((first & 0xF8) == 0xF0) {
    length = 4, value = first & 0x07u, smallest = 0x10000;
  } else {
    return {0, 0};
  }
  if (text.size() < length) return {0, 0};
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0, 0};
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {0, 0};
  return {value, length};
}

// Code points that can hide or reorder what stands beside them.
bool IsDeceptive(uint32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded d = DecodeOne(text);
    const size_t used = d.length == 0 ? 1 : d.length;
    if (d.length == 0 || (d.length == 1 && (d.code_point < 0x20 || d.code_point == 0x7F))) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<uint8_t>(text[0]));
    } else if (d.code_point == '\\') {
      out += "\\\\";
    } else if (IsDeceptive(d.code_point)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", d.code_point);
    } else {
      out.append(text.substr(0, used));
    }
    text.remove_prefix(used);
  }
  return out;
}

std::string Quote(std::string_view text, size_t most) {
  if (text.size() <= most) return fmt::format("\"{}\"", Escape(text));
  return fmt::format("\"{}...\"", Escape(text.substr(0, most)));
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Decoded d = DecodeOne(text);
    if (d.length == 0) return false;
    text.remove_prefix(d.length);
  }
  return true;
}

}  // namespace weighlock
