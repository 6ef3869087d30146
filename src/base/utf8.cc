// One to four bytes a code point (RFC 3629 §3).
#include "base/utf8.h"

namespace weighlock {

void AppendUtf8(std::string& out, uint32_t code_point) {
  const auto tail = [&out](uint32_t bits) {
    out.push_back(static_cast<char>(0x80 | (bits & 0x3F)));
  };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code_point >> 6)));
    tail(code_point);
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    tail(code_point >> 6);
    tail(code_point);
  } else {
    out.push_back(static_cast<char>(0xF0 | (code_point >> 18)));
    tail(code_point >> 12);
    tail(code_point >> 6);
    tail(code_point);
  }
}

}  // namespace weighlock
