// One pass; what is to be passed over is recognised where it begins.
#include "explain/canonical.h"

#include <algorithm>

namespace weighlock {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// How many bytes an escape that begins with the backslash at the start of `rest` has; 1: none.
size_t Escaped(std::string_view rest) {
  if (rest.size() < 2) return 1;
  if (rest[1] == 'n' || rest[1] == 't' || rest[1] == 'r') return 2;
  const size_t digits = rest[1] == 'u' ? 4 : rest[1] == 'x' ? 2 : 0;
  if (digits == 0 || rest.size() < 2 + digits) return 1;
  const std::string_view code = rest.substr(2, digits);
  return std::all_of(code.begin(), code.end(), IsHex) ? 2 + digits : 1;
}

// The same of an entity that begins with an ampersand.
size_t Entity(std::string_view rest) {
  constexpr size_t kLongest = 10;
  const size_t end = rest.substr(0, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return 1;
  const std::string_view name = rest.substr(1, end - 1);
  const bool fits = std::all_of(name.begin(), name.end(),
                                [](char c) { return IsLetter(c) || IsDigit(c) || c == '#'; });
  return fits ? end + 1 : 1;
}

}  // namespace

Canonical Canonicalise(std::string_view text) {
  Canonical out;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\\') {
      i += Escaped(text.substr(i));
    } else if (c == '&') {
      i += Entity(text.substr(i));
    } else {
      if (IsLetter(c) || IsDigit(c)) {
        out.letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        out.offsets.push_back(static_cast<uint32_t>(i));
      }
      ++i;
    }
  }
  return out;
}

}  // namespace weighlock
