// A tag ends at the first "%}" or "}}" outside of brackets and strings, as in jinja2.lexer, so that
// "{{ {'a': {}} }}" is one tag.
#include "scan/text/jinja_lexer.h"

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "base/utf8.h"

namespace weighlock::scan {
namespace {

using Kind = JinjaToken::Kind;

constexpr size_t kMostDepth = 100;

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsSpace(char c) {
  return std::string_view(" \t\r\n\v\f").find(c) != std::string_view::npos;
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What Python's unicode-escape makes of the inside of a string.
class StringDecoder {
 public:
  explicit StringDecoder(std::string_view inside) : inside_(inside) {}

  void Decode(JinjaToken& token) {
    while (at_ < inside_.size()) {
      const char c = inside_[at_++];
      if (c != '\\' || at_ == inside_.size()) {
        token.text += c;
      } else {
        Escape(token);
      }
    }
  }

 private:
  void Code(JinjaToken& token, uint32_t code) {
    token.escapes =
        token.escapes || code == '_' || (code < 0x80 && IsNameByte(static_cast<char>(code)));
    AppendUtf8(token.text, code);
  }

  // Up to `most` digits of a base; fewer are what is there.
  uint32_t Digits(size_t most, int base) {
    uint32_t code = 0;
    for (size_t i = 0; i < most && at_ < inside_.size(); ++i, ++at_) {
      const int digit = HexDigit(inside_[at_]);
      if (digit < 0 || digit >= base) break;
      code = code * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    }
    return code;
  }

  void Escape(JinjaToken& token) {
    constexpr std::string_view kPlain = "nrtabfv\\'\"";
    constexpr std::string_view kStands = "\n\r\t\a\b\f\v\\'\"";
    const char c = inside_[at_++];
    if (const size_t plain = kPlain.find(c); plain != kPlain.npos) {
      token.text += kStands[plain];
    } else if (c == 'x') {
      Code(token, Digits(2, 16));
    } else if (c == 'u') {
      Code(token, Digits(4, 16));
    } else if (c == 'U') {
      Code(token, std::min<uint32_t>(Digits(8, 16), 0x10FFFF));
    } else if (IsDigit(c) && c < '8') {
      --at_;
      Code(token, Digits(3, 8));
    } else if (c == 'N') {
      Named(token);
    } else if (c != '\n') {  // a backslash before a line's end joins lines
      token.text += '\\';
      token.text += c;
    }
  }

  // "\N{LOW LINE}": nobody spells text so; what it stands for is asked of no table.
  void Named(JinjaToken& token) {
    token.escapes = true;
    const size_t close = inside_.find('}', at_);
    token.text += '_';
    at_ = close == inside_.npos ? inside_.size() : close + 1;
  }

  std::string_view inside_;
  size_t at_ = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<JinjaToken>> Run() {
    while (true) {
      at_ = FindTag();
      if (at_ >= text_.size()) return std::move(tokens_);
      const char kind = text_[at_ + 1];
      if (kind == '#') {
        const size_t close = text_.find("#}", at_ + 2);
        if (close == text_.npos) return Bad("a comment that does not end");
        at_ = close + 2;
        continue;
      }
      if (kind == '%' && SkipsRaw()) continue;
      Push(kind == '%' ? Kind::kStatement : Kind::kExpression, at_, text_.substr(at_, 2));
      at_ += 2;
      if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
      WL_CHECKED(Tag(kind == '%' ? '%' : '}'));
    }
  }

 private:
  Error Bad(std::string what) const { return Error(Code::kMalformed, std::move(what), at_); }

  JinjaToken& Push(Kind kind, size_t offset, std::string_view text) {
    JinjaToken token;
    token.kind = kind;
    token.offset = static_cast<uint32_t>(offset);
    token.text = text;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  size_t FindTag() const {
    for (size_t at = at_; (at = text_.find('{', at)) != text_.npos; ++at) {
      if (at + 1 == text_.size()) break;
      const char next = text_[at + 1];
      if (next == '%' || next == '{' || next == '#') return at;
    }
    return text_.size();
  }

  // Behind "{%", signs, spaces, `word`, signs and "%}" where they stand at `at`; else npos.
  size_t BehindTagOf(size_t at, std::string_view word) const {
    at += 2;
    if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    if (text_.substr(std::min(at, text_.size()), word.size()) != word) return text_.npos;
    at += word.size();
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
    return text_.substr(std::min(at, text_.size()), 2) == "%}" ? at + 2 : text_.npos;
  }

  // Past a raw block that begins here. One that does not end is left to fail as a tag.
  bool SkipsRaw() {
    const size_t inside = BehindTagOf(at_, "raw");
    if (inside == text_.npos || no_endraw_) return false;
    for (size_t at = inside; (at = text_.find("{%", at)) != text_.npos; at += 2) {
      const size_t behind = BehindTagOf(at, "endraw");
      if (behind == text_.npos) continue;
      at_ = behind;
      return true;
    }
    no_endraw_ = true;
    return false;
  }

  // Where the tag ends here, past its end.
  bool Closes(char close) {
    const size_t sign = text_[at_] == '-' || (close == '%' && text_[at_] == '+') ? 1 : 0;
    const std::string_view end = close == '%' ? "%}" : "}}";
    if (text_.substr(std::min(at_ + sign, text_.size()), 2) != end) return false;
    Push(Kind::kClose, at_, end);
    at_ += sign + 2;
    return true;
  }

  Status Tag(char close) {
    open_.clear();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsSpace(c)) {
        ++at_;
      } else if (open_.empty() && Closes(close)) {
        return {};
      } else if (c == '\'' || c == '"') {
        WL_CHECKED(String(c));
      } else if (IsDigit(c)) {
        Number();
      } else if (IsNameByte(c)) {
        const size_t begin = at_;
        while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
        Push(Kind::kName, begin, text_.substr(begin, at_ - begin));
      } else {
        WL_CHECKED(Operator());
      }
    }
    return Bad("a tag that does not end");
  }

  Status String(char quote) {
    const size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return Error(Code::kMalformed, "a string that does not end", begin);
    JinjaToken& token = Push(Kind::kString, begin, {});
    StringDecoder(text_.substr(begin + 1, at_ - begin - 1)).Decode(token);
    ++at_;
    return {};
  }

  void Number() {
    const size_t begin = at_;
    const bool is_index = !tokens_.empty() && tokens_.back().IsOperator(".");
    while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    if (!is_index && at_ + 1 < text_.size() && text_[at_] == '.' && IsDigit(text_[at_ + 1])) {
      ++at_;
      while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    }
    Push(Kind::kNumber, begin, text_.substr(begin, at_ - begin));
  }

  Status Operator() {
    constexpr std::array<std::string_view, 6> kDouble = {"**", "//", "==", "!=", ">=", "<="};
    const std::string_view two = text_.substr(at_, 2);
    if (std::find(kDouble.begin(), kDouble.end(), two) != kDouble.end()) {
      Push(Kind::kOperator, at_, two);
      at_ += 2;
      return {};
    }
    const char c = text_[at_];
    if (std::string_view("+-/*%~[](){}<>=.:|,;").find(c) == std::string_view::npos) {
      return Bad("a byte that is no Jinja: " + Quote(text_.substr(at_, 1)));
    }
    const auto index = static_cast<uint32_t>(tokens_.size());
    Push(Kind::kOperator, at_, text_.substr(at_, 1));
    ++at_;
    if (c == '[' || c == '(' || c == '{') {
      if (open_.size() == kMostDepth) return Error(Code::kLimit, "brackets nest too deep", at_);
      open_.push_back(index);
    } else if (c == ']' || c == ')' || c == '}') {
      const char wanted = c == ']' ? '[' : c == ')' ? '(' : '{';
      if (open_.empty() || tokens_[open_.back()].text[0] != wanted) {
        return Bad("brackets that do not match");
      }
      tokens_[open_.back()].match = index;
      tokens_[index].match = open_.back();
      open_.pop_back();
    }
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  bool no_endraw_ = false;  // was looked for to the end, and not found
  std::vector<uint32_t> open_;
  std::vector<JinjaToken> tokens_;
};

}  // namespace

Result<std::vector<JinjaToken>> JinjaTokens(std::string_view text) {
  return Lexer(text).Run();
}

}  // namespace weighlock::scan
