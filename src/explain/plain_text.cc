// One pass, line by line; what is spelled otherwise is recognised where it begins.
#include "explain/plain_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/utf8.h"

namespace weighlock {
namespace {

constexpr size_t kNone = SIZE_MAX;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// How many bytes of `rest`, which follows an escape character, belong to its sequence.
size_t ControlSequence(std::string_view rest) {
  if (rest.empty()) return 0;
  if (rest[0] == '[') {
    constexpr std::string_view kParameters = "0123456789;:?<=>! ";
    const size_t end = rest.find_first_not_of(kParameters, 1);
    return end == rest.npos ? rest.size() : end + 1;
  }
  if (rest[0] == ']') {  // up to BEL or ESC, of a title or a link
    constexpr size_t kLongest = 2000;
    const size_t end = rest.substr(0, kLongest).find_first_of("\a\x1b");
    if (end == rest.npos) return 1;
    return rest.substr(end).starts_with("\x1b\\") ? end + 2 : end + 1;
  }
  return 1;
}

// The size of "[1;31m"; 0: it is none.
size_t BareColour(std::string_view rest) {
  constexpr size_t kLongest = 20;
  const size_t end = rest.substr(0, kLongest).find_first_not_of("0123456789;", 1);
  return end != rest.npos && end > 1 && rest[end] == 'm' && IsDigit(rest[1]) ? end + 1 : 0;
}

std::optional<uint32_t> Number(std::string_view digits, int base) {
  uint32_t number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number, base);
  if (digits.empty() || error != std::errc() || end != last) return std::nullopt;
  return number;
}

// What `rest` begins with, in bytes, and what it stands for; size 0: nothing of it.
struct Spelled {
  size_t size = 0;
  uint32_t code_point = 0;
};

// "u0027", "x27", "033" or "e[", behind a backslash.
Spelled EscapeAt(std::string_view rest) {
  if (rest.starts_with("033")) return {3, 0x1b};
  if (rest.starts_with("e[")) return {1, 0x1b};
  if (rest.empty() || (rest[0] != 'u' && rest[0] != 'x')) return {};
  const size_t digits = rest[0] == 'u' ? 4 : 2;
  if (rest.size() <= digits) return {};
  const auto code = Number(rest.substr(1, digits), 16);
  if (!code) return {};
  // Bytes above are told so by Python, "invalid load key, '\x80'", and are no characters.
  if (rest[0] == 'x' && *code != 0x1b && (*code < 0x20 || *code > 0x7e)) return {};
  if (*code >= 0xdc00 && *code < 0xe000) return {};
  if (*code >= 0xd800 && *code < 0xdc00) {
    const size_t other = rest.find_first_not_of('\\', 5);
    if (other == rest.npos || other == 5 || !rest.substr(other).starts_with('u')) return {};
    const auto low = Number(rest.substr(other + 1, 4), 16);
    if (!low || *low < 0xdc00 || *low >= 0xe000) return {};
    return {other + 5, 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00)};
  }
  return {1 + digits, *code};
}

struct NamedCharacter {
  std::string_view name;
  uint32_t code_point;
};
constexpr NamedCharacter kEntities[] = {
    {"quot", '"'},  {"apos", '\''},    {"lt", '<'},        {"gt", '>'},      {"amp", '&'},
    {"nbsp", ' '},  {"lsquo", '\''},   {"rsquo", '\''},    {"ldquo", '"'},   {"rdquo", '"'},
    {"laquo", '"'}, {"raquo", '"'},    {"lsaquo", '\''},   {"rsaquo", '\''}, {"sbquo", '\''},
    {"bdquo", '"'}, {"NewLine", '\n'}, {"hellip", 0x2026}, {"grave", '`'},   {"lowbar", '_'},
};

// "&#39;", and "&amp;#39;", which was spelled so twice.
Spelled EntityAt(std::string_view rest) {
  size_t begin = 1;
  while (rest.substr(begin).starts_with("amp;")) begin += 4;
  constexpr size_t kLongest = 10;
  const size_t end = rest.substr(begin, kLongest).find(';');
  const std::string_view name = rest.substr(begin, end == rest.npos ? 0 : end);
  std::optional<uint32_t> code;
  if (name.starts_with("#x") || name.starts_with("#X")) {
    code = Number(name.substr(2), 16);
  } else if (name.starts_with('#')) {
    code = Number(name.substr(1), 10);
  } else {
    for (const NamedCharacter& one : kEntities) {
      if (one.name == name) code = one.code_point;
    }
  }
  const bool fits = code && *code <= 0x10ffff && (*code < 0xd800 || *code >= 0xe000);
  if (fits) return {begin + name.size() + 1, *code};
  return begin == 1 ? Spelled() : Spelled{begin, '&'};
}

// The quotes of typesetters, and the spaces that French puts within them.
struct Typeset {
  std::string_view bytes;
  char plain;
};
constexpr Typeset kTypeset[] = {
    {"‘", '\''}, {"’", '\''},     {"‚", '\''},     {"‛", '\''}, {"‹", '\''}, {"›", '\''},
    {"´", '\''}, {"“", '"'},      {"”", '"'},      {"„", '"'},  {"‟", '"'},  {"«", '"'},
    {"»", '"'},  {"「", '"'},     {"」", '"'},     {"『", '"'}, {"』", '"'}, {"＇", '\''},
    {"＂", '"'}, {"\u00a0", ' '}, {"\u202f", ' '},
};

size_t Backslashes(std::string_view rest) {
  return std::min(rest.find_first_not_of('\\'), rest.size());
}

// How many backslashes a spelled end of a line has here, which are more where JSON stands in JSON;
// kNone: the line is no JSON, or has none.
size_t SlashesOfNewline(std::string_view line) {
  const size_t first = std::min(line.find_first_not_of(" \t"), line.size());
  const bool json = line.substr(first).starts_with('{') || line.substr(first).starts_with('[') ||
                    line.substr(first).starts_with('"') || line.find("\":") != line.npos ||
                    line.find("\" :") != line.npos;
  size_t fewest = kNone;
  for (size_t at = json ? line.find('\\') : line.npos; at != line.npos;) {
    const size_t count = Backslashes(line.substr(at));
    if (line.substr(at + count).starts_with('n')) fewest = std::min(fewest, count);
    at = line.find('\\', at + count);
  }
  return fewest;
}

class PlainWriter {
 public:
  explicit PlainWriter(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string Write() {
    for (size_t end = 0; at_ < text_.size();) {
      if (at_ >= end) {
        end = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
        slashes_ = SlashesOfNewline(text_.substr(at_, end - at_));
      }
      const std::string_view rest = text_.substr(at_);
      const size_t size = Special(rest);
      if (size == 0) out_ += rest[0];
      at_ += std::max(size, size_t{1});
    }
    return std::move(out_);
  }

 private:
  // Writes what `rest` begins with, where that is spelled otherwise, and says how long it is there.
  size_t Special(std::string_view rest) {
    const char c = rest[0];
    if (c == '\x1b') return 1 + ControlSequence(rest.substr(1));
    if (c == '\\') return Escaped(rest);
    if (c == '[') return BareColour(rest);
    if (c == '^' && rest.starts_with("^[[")) return 2 + ControlSequence(rest.substr(2));
    if (c == '&') return Put(rest, EntityAt(rest));
    if (static_cast<unsigned char>(c) < 0x80) return 0;
    if (rest.starts_with("␛[")) return 3 + ControlSequence(rest.substr(3));
    for (const Typeset& one : kTypeset) {
      if (!rest.starts_with(one.bytes)) continue;
      out_ += one.plain;
      return one.bytes.size();
    }
    return 0;
  }

  size_t Escaped(std::string_view rest) {
    const size_t slashes = Backslashes(rest);
    const std::string_view behind = rest.substr(slashes);
    Spelled spelled = EscapeAt(behind);
    if (spelled.size > 0) {
      spelled.size += slashes;
      return Put(rest, spelled);
    }
    const bool within = slashes_ != kNone && !behind.empty();
    if (within && slashes == slashes_ && (behind[0] == 'n' || behind[0] == 'r')) {
      if (behind[0] == 'n') out_ += '\n';
      return slashes + 1;
    }
    if (within && slashes == slashes_ && behind[0] == 't') {
      out_ += '\t';
      return slashes + 1;
    }
    if (!behind.empty() && behind[0] == '"') {  // of a text in a text
      out_ += '"';
      return slashes + 1;
    }
    out_ += rest.substr(0, slashes);
    return slashes;
  }

  size_t Put(std::string_view rest, const Spelled& spelled) {
    if (spelled.size == 0) return 0;
    constexpr uint32_t kEscape = 0x1b;
    if (spelled.code_point == kEscape) {
      return spelled.size + ControlSequence(rest.substr(spelled.size));
    }
    std::string bytes;
    AppendUtf8(bytes, spelled.code_point);
    for (const Typeset& one : kTypeset) {
      if (one.bytes == bytes) bytes = one.plain;
    }
    if (spelled.code_point >= 0x20 || spelled.code_point == '\n' || spelled.code_point == '\t') {
      out_ += bytes;
    }
    return spelled.size;
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t slashes_ = kNone;  // of a newline in the line that is read
  std::string out_;
};

}  // namespace

std::string PlainText(std::string_view text) {
  return PlainWriter(text).Write();
}

}  // namespace weighlock
