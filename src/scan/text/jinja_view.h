// The tokens of a template with what stands beside them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "scan/text/jinja_lexer.h"
#include "scan/text/template_words.h"

namespace weighlock::scan {

// What rules ask of a place among the tokens. Base of those who ask.
class JinjaView {
 public:
  explicit JinjaView(const std::vector<JinjaToken>& tokens) : tokens_(tokens) {}

 protected:
  using Kind = JinjaToken::Kind;

  const JinjaToken* Before(size_t i) const { return i == 0 ? nullptr : &tokens_[i - 1]; }
  const JinjaToken* Behind(size_t i) const {
    return i + 1 < tokens_.size() ? &tokens_[i + 1] : nullptr;
  }
  bool BeforeIs(size_t i, std::string_view op) const { return i > 0 && Before(i)->IsOperator(op); }
  bool BehindIs(size_t i, std::string_view op) const {
    return i + 1 < tokens_.size() && Behind(i)->IsOperator(op);
  }

  // "ns.key" from the token at `i` on; `end` is the index behind it.
  std::string DottedName(size_t i, size_t& end) const {
    std::string name = tokens_[i].text;
    for (end = i + 1; end + 1 < tokens_.size() && tokens_[end].IsOperator(".") &&
                      tokens_[end + 1].Is(Kind::kName);
         end += 2) {
      name += "." + tokens_[end + 1].text;
    }
    return name;
  }

  // Whether the "[" at `i` looks something up, and begins no list.
  bool IsSubscript(size_t i) const {
    const JinjaToken* before = Before(i);
    if (before == nullptr) return false;
    if (before->Is(Kind::kName)) return !IsKeyword(before->text) || BeforeIs(i - 1, ".");
    return before->Is(Kind::kString) || before->IsOperator("]") || before->IsOperator(")") ||
           before->IsOperator("}");
  }

  // The index of the "," at which the argument or item that begins at `i` ends, or `end`.
  size_t ItemEnd(size_t i, size_t end) const {
    while (i < end && !tokens_[i].IsOperator(",")) {
      const bool opens = tokens_[i].match > i;
      i = opens ? tokens_[i].match + 1 : i + 1;
    }
    return std::min(i, end);
  }

  // Whether strings are put together at this token, of whatever.
  bool BuildsAt(size_t i) const {
    const JinjaToken& token = tokens_[i];
    if (token.IsOperator("~")) return true;
    if (token.Is(Kind::kString)) {
      return BeforeIs(i, "+") || BehindIs(i, "+") || BehindIs(i, "*") || BehindIs(i, "%") ||
             BehindIs(i, "|") || BehindIs(i, "[");
    }
    if (!token.Is(Kind::kName)) return false;
    return (BeforeIs(i, "|") && BuildsAsFilter(token.text)) ||
           (BeforeIs(i, ".") && BehindIs(i, "(") && BuildsAsMethod(token.text));
  }
  // The same of [begin, end).
  bool Builds(size_t begin, size_t end) const {
    for (size_t i = begin; i < end; ++i) {
      if (BuildsAt(i)) return true;
    }
    return false;
  }

  // The string at `i` with those that "~" or "+" puts behind it; empty where it is not the first.
  std::string Folded(size_t i) const {
    if (i >= 2 && (BeforeIs(i, "~") || BeforeIs(i, "+")) && tokens_[i - 2].Is(Kind::kString)) {
      return {};
    }
    std::string text = tokens_[i].text;
    while (i + 2 < tokens_.size() && (BehindIs(i, "~") || BehindIs(i, "+")) &&
           tokens_[i + 2].Is(Kind::kString)) {
      i += 2;
      text += tokens_[i].text;
    }
    return text;
  }

  const std::vector<JinjaToken>& tokens_;
};

}  // namespace weighlock::scan
