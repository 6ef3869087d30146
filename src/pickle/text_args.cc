// Parsers of the text arguments. Every quirk here is one of CPython's C unpickler.
#include "pickle/text_args.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/escape.h"
#include "base/utf8.h"

namespace weighlock::pickle {
namespace {

// CPython's default guard against quadratic conversions; ours for the bases it does not guard.
constexpr size_t kMostDecimalDigits = 4300;
constexpr size_t kMostOtherDigits = 20000;

bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Value of a digit in bases up to 36, or 99.
unsigned DigitValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A') + 10;
  return 99;
}

// An integer under construction: limbs of 32 bits, least significant first.
class Magnitude {
 public:
  void Append(unsigned base, unsigned digit) {
    uint64_t carry = digit;
    for (uint32_t& limb : limbs_) {
      carry += uint64_t{limb} * base;
      limb = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs_.push_back(static_cast<uint32_t>(carry));
  }

  bool is_zero() const { return limbs_.empty(); }

  ParsedInt Finish(bool negative) const {
    std::string bytes;
    for (const uint32_t limb : limbs_) {
      for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(limb >> shift));
    }
    bytes.push_back('\0');
    if (negative) {
      unsigned carry = 1;
      for (char& byte : bytes) {
        carry += static_cast<uint8_t>(~static_cast<unsigned>(byte));
        byte = static_cast<char>(carry);
        carry >>= 8;
      }
    }
    const std::string_view trimmed = TrimTwosComplement(bytes);
    if (trimmed.size() <= 8) return {.small = LoadTwosComplement(trimmed), .big = {}};
    return {.small = 0, .big = std::string(trimmed)};
  }

 private:
  std::vector<uint32_t> limbs_;
};

std::string_view CutAtNul(std::string_view text) {
  return text.substr(0, text.find('\0'));
}

// The base that a literal's prefix names, and the prefix taken off. 0: an old-style octal, which
// int(text, 0) takes only for zeros.
unsigned TakeBase(std::string_view& text, unsigned base) {
  const char second = text.size() > 1 ? text[1] : '\0';
  const bool zero = !text.empty() && text[0] == '0';
  const bool hex = zero && (second == 'x' || second == 'X');
  const bool octal = zero && (second == 'o' || second == 'O');
  const bool binary = zero && (second == 'b' || second == 'B');
  if (base != 0) return base;
  if (!hex && !octal && !binary) return zero ? 0 : 10;
  text.remove_prefix(2);
  if (!text.empty() && text[0] == '_') text.remove_prefix(1);
  return hex ? 16 : octal ? 8 : 2;
}

// Python's int(text, base) for base 0 and 10.
std::optional<ParsedInt> ParsePythonInt(std::string_view text, unsigned base) {
  text = CutAtNul(text);
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const unsigned named = TakeBase(text, base);
  const unsigned radix = named == 0 ? 10 : named;
  if (text.empty() || text.front() == '_' || text.back() == '_') return std::nullopt;
  Magnitude value;
  size_t digits = 0;
  const size_t most = radix == 10 ? kMostDecimalDigits : kMostOtherDigits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      if (text[i - 1] == '_') return std::nullopt;
      continue;
    }
    const unsigned digit = DigitValue(text[i]);
    if (digit >= radix || ++digits > most) return std::nullopt;
    value.Append(radix, digit);
  }
  if (named == 0 && !value.is_zero()) return std::nullopt;
  return value.Finish(negative);
}

// C's strtol(line, &end, 0), where `end` must be the end of the line or a NUL and nothing may
// overflow.
std::optional<int64_t> ParseStrtol(std::string_view line) {
  if (!line.empty() && line[0] == '\0') return 0;  // no digits, and `end` is at the NUL
  std::string_view text = CutAtNul(line);
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  int base = 10;
  if (!text.empty() && text[0] == '0') {
    const bool hex =
        text.size() > 2 && (text[1] == 'x' || text[1] == 'X') && DigitValue(text[2]) < 16;
    base = hex ? 16 : 8;
    if (hex) text.remove_prefix(2);
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const uint64_t most = uint64_t{INT64_MAX} + (negative ? 1 : 0);
  if (value > most) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - value : value);
}

// `count` hexadecimal digits at text[at]; nothing where there are fewer.
std::optional<uint32_t> HexDigits(std::string_view text, size_t at, size_t count) {
  if (count > text.size() - at) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const unsigned digit = DigitValue(text[at + i]);
    if (digit >= 16) return std::nullopt;
    value = value * 16 + digit;
  }
  return value;
}

// One escape of a Python 2 string, text[at] being what follows the backslash. Moves `at` behind it;
// false where CPython raises.
bool AppendEscape(std::string& out, std::string_view text, size_t& at) {
  static constexpr std::string_view kLetters = "\\'\"bftnrva";
  static constexpr std::string_view kMeanings = "\\'\"\b\f\t\n\r\v\a";
  const char c = text[at++];
  if (c == '\n') return true;
  if (const size_t i = kLetters.find(c); i != kLetters.npos) {
    out.push_back(kMeanings[i]);
    return true;
  }
  if (c >= '0' && c <= '7') {
    unsigned value = static_cast<unsigned>(c - '0');
    for (int i = 0; i < 2 && at < text.size() && text[at] >= '0' && text[at] <= '7'; ++i) {
      value = value * 8 + static_cast<unsigned>(text[at++] - '0');
    }
    out.push_back(static_cast<char>(value));
    return true;
  }
  if (c == 'x') {
    const auto value = HexDigits(text, at, 2);
    if (!value) return false;
    at += 2;
    out.push_back(static_cast<char>(*value));
    return true;
  }
  out.push_back('\\');
  out.push_back(c);
  return true;
}

// Length of the UTF-8 encoded surrogate at the front, or 0.
size_t SurrogateLength(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const bool is =
      text.size() >= 3 && byte(0) == 0xED && (byte(1) & 0xE0) == 0xA0 && (byte(2) & 0xC0) == 0x80;
  return is ? 3 : 0;
}

}  // namespace

std::string_view TrimTwosComplement(std::string_view bytes) {
  while (bytes.size() > 1) {
    const bool negative = (static_cast<uint8_t>(bytes[bytes.size() - 2]) & 0x80) != 0;
    if (bytes.back() != (negative ? '\xff' : '\0')) break;
    bytes.remove_suffix(1);
  }
  return bytes;
}

int64_t LoadTwosComplement(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  const size_t bits = 8 * bytes.size();
  if (bits > 0 && bits < 64 && (value >> (bits - 1)) != 0) value |= ~uint64_t{0} << bits;
  return static_cast<int64_t>(value);
}

std::optional<ParsedInt> ParseIntLine(std::string_view line) {
  if (const auto value = ParseStrtol(line)) {
    const bool boolean = line.size() == 2 && (*value == 0 || *value == 1);
    return ParsedInt{.small = *value, .big = {}, .boolean = boolean};
  }
  return ParsePythonInt(line, 0);
}

std::optional<ParsedInt> ParseLongLine(std::string_view line) {
  if (line.ends_with('L')) line.remove_suffix(1);
  return ParsePythonInt(line, 0);
}

std::optional<ParsedInt> ParseMemoIndexLine(std::string_view line) {
  return ParsePythonInt(line, 10);
}

std::optional<double> ParseFloatLine(std::string_view line) {
  std::string_view text = CutAtNul(line);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string lower;
  for (const char c : text.substr(0, 9)) {
    lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  double value = 0;
  if (lower == "inf" || lower == "infinity") {
    value = HUGE_VAL;
  } else if (lower == "nan") {
    value = std::nan("");
  } else {
    if (text.find_first_not_of("0123456789.eE+-") != text.npos) return std::nullopt;
    if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error == std::errc::invalid_argument || end != last) return std::nullopt;
    if (std::isinf(value)) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Underflow is a zero; overflow, in CPython, an error. from_chars does not say which.
      const bool tiny = text.find_first_of("eE") != text.npos
                            ? text.find("e-") != text.npos || text.find("E-") != text.npos
                            : text.find_first_not_of("0.") >= text.find('.');
      if (!tiny) return std::nullopt;
      value = 0;
    }
  }
  return negative ? -value : value;
}

std::optional<std::string> ParseStringLine(std::string_view line) {
  const bool quoted = line.size() >= 2 && line.front() == line.back() &&
                      (line.front() == '\'' || line.front() == '"');
  if (!quoted) return std::nullopt;
  const std::string_view text = line.substr(1, line.size() - 2);
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out.push_back(text[at++]);
      continue;
    }
    ++at;
    if (at == text.size() || !AppendEscape(out, text, at)) return std::nullopt;
  }
  return out;
}

std::optional<std::string> ParseUnicodeLine(std::string_view line) {
  std::string out;
  for (size_t at = 0; at < line.size();) {
    const char c = line[at++];
    if (c != '\\' || at == line.size()) {
      AppendUtf8(out, static_cast<uint8_t>(c));
      continue;
    }
    const char kind = line[at++];
    if (kind != 'u' && kind != 'U') {
      out.push_back('\\');
      AppendUtf8(out, static_cast<uint8_t>(kind));
      continue;
    }
    const size_t count = kind == 'u' ? 4 : 8;
    const auto value = HexDigits(line, at, count);
    if (!value || *value > 0x10FFFF) return std::nullopt;
    at += count;
    AppendUtf8(out, *value);
  }
  return out;
}

bool IsUtf8WithSurrogates(std::string_view text) {
  size_t ascii = 0;
  for (uint64_t word; text.size() - ascii >= sizeof word; ascii += sizeof word) {
    std::memcpy(&word, text.data() + ascii, sizeof word);
    if ((word & 0x8080808080808080) != 0) break;
  }
  text.remove_prefix(ascii);
  if (IsUtf8(text)) return true;
  // Rare: split at the surrogates, and check what lies between.
  size_t begin = 0;
  for (size_t at = text.find('\xED'); at != text.npos; at = text.find('\xED', at)) {
    const size_t length = SurrogateLength(text.substr(at));
    if (length == 0) {
      ++at;
      continue;
    }
    if (!IsUtf8(text.substr(begin, at - begin))) return false;
    at += length;
    begin = at;
  }
  return IsUtf8(text.substr(begin));
}

}  // namespace weighlock::pickle
