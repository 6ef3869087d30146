// nlohmann's parser takes a text character by character through several buffers, some 160
// instructions for each; this takes what is well-formed in a fifth of that, and leaves to nlohmann
// what to say of the rest (json.cc). fuzz/json_fuzz.cc holds the two against each other.
#include "json/json_scan.h"

#include <array>
#include <string>

#include "base/escape.h"
#include "base/utf8.h"

namespace weighlock {
namespace {

constexpr std::string_view kSpace = " \t\n\r";

// Bytes of a string that stand for themselves, as far as ASCII goes.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

class Scanner {
 public:
  Scanner(std::string_view text, JsonTree& tree) : text_(text), tree_(tree) {}

  ScanOutcome Run() {
    do {
      SkipSpaces();
      if (!Token()) return outcome_;
    } while (want_ != Want::kNext || !tree_.IsAtRoot());
    SkipSpaces();
    return at_ == text_.size() ? ScanOutcome::kRead : ScanOutcome::kUnsure;
  }

 private:
  enum class Want : uint8_t { kValue, kValueOrEnd, kKey, kKeyOrEnd, kColon, kNext };

  void SkipSpaces() {
    while (at_ < text_.size() && kSpace.find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // The character at `at`; NUL, which no token begins with, behind the end.
  char At(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  // False: outcome_ says what is amiss.
  bool Token() {
    const char c = At(at_);
    switch (want_) {
      case Want::kColon:
        want_ = Want::kValue;
        return c == ':' && Pass();
      case Want::kNext:
        if (c == ',') {
          want_ = tree_.IsInObject() ? Want::kKey : Want::kValue;
          return Pass();
        }
        return Close(c);
      case Want::kKeyOrEnd:
        if (c == '}') return Close(c);
        [[fallthrough]];
      case Want::kKey:
        return c == '"' && Key();
      case Want::kValueOrEnd:
        if (c == ']') return Close(c);
        [[fallthrough]];
      case Want::kValue:
        return Value(c);
    }
    return false;
  }

  bool Pass() {
    ++at_;
    return true;
  }

  bool Told(bool is_taken) {
    if (!is_taken) outcome_ = ScanOutcome::kRefused;
    return is_taken;
  }

  bool Close(char c) {
    if (c != (tree_.IsInObject() ? '}' : ']')) return false;
    want_ = Want::kNext;
    return Pass() && Told(tree_.Close());
  }

  bool Key() {
    const size_t begin = at_;
    std::string name;
    if (!String(name)) return false;
    want_ = Want::kColon;
    tree_.Key(begin, at_ - begin, std::move(name));
    return true;
  }

  bool Value(char c) {
    const size_t begin = at_;
    want_ = Want::kNext;
    switch (c) {
      case '{':
        want_ = Want::kKeyOrEnd;
        return Pass() && Told(tree_.Open(JsonValue::Kind::kObject, begin));
      case '[':
        want_ = Want::kValueOrEnd;
        return Pass() && Told(tree_.Open(JsonValue::Kind::kArray, begin));
      case '"': {
        std::string text;
        return String(text) && Told(tree_.String(begin, at_ - begin, std::move(text)));
      }
      case 't':
        return Word("true") && Told(tree_.Boolean(begin, true));
      case 'f':
        return Word("false") && Told(tree_.Boolean(begin, false));
      case 'n':
        return Word("null") && Told(tree_.Null(begin));
      default:
        return Number() && Told(tree_.Number(begin, text_.substr(begin, at_ - begin)));
    }
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  size_t Digits() {
    const size_t begin = at_;
    while (IsDigit(At(at_))) ++at_;
    return at_ - begin;
  }

  // Of any size: it stays as it is spelled.
  bool Number() {
    if (At(at_) == '-') ++at_;
    const bool is_zero = At(at_) == '0';
    const size_t whole = Digits();
    if (whole == 0 || (is_zero && whole > 1)) return false;
    if (At(at_) == '.' && (++at_, Digits() == 0)) return false;
    if (At(at_) != 'e' && At(at_) != 'E') return true;
    ++at_;
    if (At(at_) == '+' || At(at_) == '-') ++at_;
    return Digits() > 0;
  }

  // The string that begins here, without its quotes and escapes.
  bool String(std::string& out) {
    const size_t begin = ++at_;
    bool is_ascii = true;
    while (true) {
      const size_t plain = at_;
      while (kPlain[static_cast<unsigned char>(At(at_))]) ++at_;
      out.append(text_, plain, at_ - plain);
      const char c = At(at_);
      if (c == '"') break;
      if (c == '\\') {
        if (!Escaped(out)) return false;
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        is_ascii = false;
        out += c;
        ++at_;
      } else {
        return false;
      }
    }
    if (!is_ascii && !IsUtf8(text_.substr(begin, at_ - begin))) return false;
    return Pass();
  }

  bool Escaped(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    const char name = At(at_ + 1);
    if (name == 'u') return EscapedUnit(out);
    const size_t found = kNames.find(name);
    if (found == std::string_view::npos) return false;
    out += kMeant[found];
    at_ += 2;
    return true;
  }

  // The four digits of a \u at `at`; a value that no unit has where there are none.
  uint32_t UnitAt(size_t at) const {
    constexpr uint32_t kNone = 0x110000;
    if (At(at) != '\\' || At(at + 1) != 'u') return kNone;
    uint32_t unit = 0;
    for (size_t i = at + 2; i < at + 6; ++i) {
      const char c = At(i), lower = static_cast<char>(c | 0x20);
      if (IsDigit(c)) {
        unit = unit * 16 + static_cast<uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        unit = unit * 16 + static_cast<uint32_t>(lower - 'a') + 10;
      } else {
        return kNone;
      }
    }
    return unit;
  }

  bool EscapedUnit(std::string& out) {
    uint32_t point = UnitAt(at_);
    at_ += 6;
    if (point >= 0xD800 && point < 0xDC00) {
      const uint32_t low = UnitAt(at_);
      if (low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      at_ += 6;
    } else if (point > 0xFFFF || (point >= 0xDC00 && point < 0xE000)) {
      return false;
    }
    AppendUtf8(out, point);
    return true;
  }

  std::string_view text_;
  JsonTree& tree_;
  size_t at_ = 0;
  Want want_ = Want::kValue;
  ScanOutcome outcome_ = ScanOutcome::kUnsure;
};

}  // namespace

ScanOutcome ScanJson(std::string_view text, JsonTree& tree) {
  return Scanner(text, tree).Run();
}

}  // namespace weighlock
