// One walk over the text. The two readers stop at the same byte, and differ in words and places.
#include "json/syntax_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace weighlock {
namespace {

// What is wrong, and where each reader sees it.
struct Fault {
  const char* python;
  size_t at;  // bytes from the start, as Python counts before it turns them to characters
  const char* serde;
  size_t read;  // bytes that serde_json has read, the one it stopped at included
};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

class Walker {
 public:
  Walker(std::string_view text, size_t depth) : text_(text), depth_(depth) {}

  // Nothing where the text is whole; too_deep() tells where it was not looked at to the end.
  std::optional<Fault> Walk() {
    if (auto fault = Value()) return fault;
    while (!open_.empty()) {
      if (open_.size() > depth_) {
        too_deep_ = true;
        return std::nullopt;
      }
      auto fault = open_.back().is_object ? NextMember() : NextItem();
      if (fault) return fault;
    }
    Space();
    if (at_ == text_.size()) return std::nullopt;
    return Fault{"Extra data", at_, "trailing characters", at_ + 1};
  }

  bool too_deep() const { return too_deep_; }

 private:
  struct Open {
    bool is_object;
    bool is_first = true;
  };

  bool AtEnd() const { return at_ == text_.size(); }
  bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  // serde_json peeks: it counts the byte it looks at, where there is one.
  size_t Peeked() const { return std::min(text_.size(), at_ + 1); }

  void Space() {
    while (!AtEnd() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  Fault NoValue() const {
    return {"Expecting value", at_, AtEnd() ? "EOF while parsing a value" : "expected value",
            Peeked()};
  }

  // A value, or the beginning of one that has members.
  std::optional<Fault> Value() {
    Space();
    if (AtEnd()) return NoValue();
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      ++at_;
      open_.push_back({c == '{'});
      return std::nullopt;
    }
    if (c == '"') return String();
    if (c == '-' || IsDigit(c)) return Number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (c == word[0]) return Word(word);
    }
    return NoValue();
  }

  std::optional<Fault> Word(std::string_view word) {
    for (size_t i = 0; i < word.size(); ++i) {
      if (at_ + i == text_.size()) {
        return Fault{"Expecting value", at_, "EOF while parsing a value", at_ + i};
      }
      if (text_[at_ + i] != word[i]) {
        return Fault{"Expecting value", at_, "expected ident", at_ + i + 1};
      }
    }
    at_ += word.size();
    return std::nullopt;
  }

  std::optional<Fault> Number() {
    const size_t begin = at_;
    if (Is('-')) ++at_;
    if (AtEnd()) return Fault{"Expecting value", begin, "EOF while parsing a value", at_};
    if (!IsDigit(text_[at_])) return Fault{"Expecting value", begin, "invalid number", at_ + 1};
    if (Is('0')) {
      ++at_;
      if (!AtEnd() && IsDigit(text_[at_])) return NumberEnds(at_);
    } else {
      Digits();
    }
    for (const std::string_view signs : {".", "eE"}) {
      if (AtEnd() || signs.find(text_[at_]) == std::string_view::npos) continue;
      size_t digits = at_ + 1;
      if (signs == "eE" && digits < text_.size() &&
          (text_[digits] == '+' || text_[digits] == '-')) {
        ++digits;
      }
      if (digits == text_.size() || !IsDigit(text_[digits])) return NumberEnds(digits);
      at_ = digits;
      Digits();
    }
    return std::nullopt;
  }

  // Python takes as much of a number as is whole, and misses what should follow; serde_json wants
  // another digit at `wanted`.
  Fault NumberEnds(size_t wanted) const {
    const bool at_end = wanted >= text_.size();
    return {open_.empty() ? "Extra data" : "Expecting ',' delimiter", at_,
            at_end ? "EOF while parsing a value" : "invalid number",
            std::min(text_.size(), wanted + 1)};
  }

  void Digits() {
    while (!AtEnd() && IsDigit(text_[at_])) ++at_;
  }

  std::optional<Fault> String() {
    const size_t begin = at_++;
    while (true) {
      if (AtEnd()) {
        return Fault{"Unterminated string starting at", begin, "EOF while parsing a string", at_};
      }
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return std::nullopt;
      }
      if (c < 0x20) {
        return Fault{"Invalid control character at", at_,
                     "control character (\\u0000-\\u001F) found while parsing a string", at_ + 1};
      }
      if (c == '\\') {
        if (at_ + 1 == text_.size()) {
          return Fault{"Unterminated string starting at", begin, "EOF while parsing a string",
                       at_ + 1};
        }
        if (std::string_view("\"\\/bfnrtu").find(text_[at_ + 1]) == std::string_view::npos) {
          return Fault{"Invalid \\escape", at_, "invalid escape", at_ + 2};
        }
        ++at_;
      }
      ++at_;
    }
  }

  std::optional<Fault> NextMember() {
    Space();
    const bool first = std::exchange(open_.back().is_first, false);
    if (Is('}')) {
      ++at_;
      open_.pop_back();
      return std::nullopt;
    }
    static constexpr const char* kName = "Expecting property name enclosed in double quotes";
    if (!first) {
      if (AtEnd()) {
        return Fault{"Expecting ',' delimiter", at_, "EOF while parsing an object", Peeked()};
      }
      if (!Is(',')) return Fault{"Expecting ',' delimiter", at_, "expected `,` or `}`", Peeked()};
      ++at_;
      Space();
      if (Is('}')) return Fault{kName, at_, "trailing comma", Peeked()};
      if (AtEnd()) return Fault{kName, at_, "EOF while parsing a value", Peeked()};
    }
    if (AtEnd()) return Fault{kName, at_, "EOF while parsing an object", Peeked()};
    if (!Is('"')) return Fault{kName, at_, "key must be a string", Peeked()};
    if (auto fault = String()) return fault;
    Space();
    if (!Is(':')) {
      return Fault{"Expecting ':' delimiter", at_,
                   AtEnd() ? "EOF while parsing an object" : "expected `:`", Peeked()};
    }
    ++at_;
    return Value();
  }

  std::optional<Fault> NextItem() {
    Space();
    const bool first = std::exchange(open_.back().is_first, false);
    if (Is(']')) {
      ++at_;
      open_.pop_back();
      return std::nullopt;
    }
    if (!first) {
      if (AtEnd()) {
        return Fault{"Expecting ',' delimiter", at_, "EOF while parsing a list", Peeked()};
      }
      if (!Is(',')) return Fault{"Expecting ',' delimiter", at_, "expected `,` or `]`", Peeked()};
      ++at_;
      Space();
      if (Is(']')) return Fault{"Expecting value", at_, "trailing comma", Peeked()};
    } else if (AtEnd()) {
      return Fault{"Expecting value", at_, "EOF while parsing a list", Peeked()};
    }
    return Value();
  }

  const std::string_view text_;
  const size_t depth_;
  size_t at_ = 0;
  std::vector<Open> open_;
  bool too_deep_ = false;
};

// Characters of UTF-8 that begin in `text`.
size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string JsonSyntaxError(Bytes bytes, JsonReader reader, size_t depth) {
  const std::string_view text = AsText(bytes);
  const bool python = reader == JsonReader::kPython;
  if (python && text.starts_with("\xEF\xBB\xBF")) {
    return "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)";
  }
  Walker walker(text, depth);
  const auto fault = walker.Walk();
  if (!fault) return {};
  const std::string_view before = text.substr(0, python ? fault->at : fault->read);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view last = before.substr(before.rfind('\n') + 1);
  if (!python) return fmt::format("{} at line {} column {}", fault->serde, line, last.size());
  return fmt::format("{}: line {} column {} (char {})", fault->python, line, Characters(last) + 1,
                     Characters(before));
}

std::optional<std::string> WithoutNonFinite(std::string_view text) {
  std::string out(text);
  bool in_string = false, any = false;
  for (size_t i = 0; i < out.size(); ++i) {
    if (in_string && out[i] == '\\') {
      ++i;
    } else if (out[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && (out[i] == 'N' || out[i] == 'I')) {
      for (const auto& [word, number] :
           {std::pair<std::string_view, std::string_view>{"NaN", "0.0"},
            {"Infinity", "1e999999"}}) {
        if (text.substr(i, word.size()) != word) continue;
        out.replace(i, word.size(), number);
        any = true;
      }
    }
  }
  return any ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace weighlock
