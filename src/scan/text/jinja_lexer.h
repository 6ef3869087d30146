// The tokens of a Jinja template: what stands in its tags; the text around them is only data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/result.h"

namespace weighlock::scan {

struct JinjaToken {
  // kStatement and kExpression open a tag ("{%", "{{"), kClose ends it.
  enum class Kind : uint8_t { kStatement, kExpression, kClose, kName, kString, kNumber, kOperator };
  Kind kind = Kind::kOperator;
  uint32_t offset = 0;   // in bytes from the start of the template
  std::string text;      // a string's as Python reads it
  bool escapes = false;  // a string that spells letters or underscores as escapes
  uint32_t match = 0;    // of a bracket: the index of its partner

  bool Is(Kind k) const { return kind == k; }
  bool IsOperator(std::string_view op) const { return kind == Kind::kOperator && text == op; }
  bool IsName(std::string_view name) const { return kind == Kind::kName && text == name; }
};

// Tokens of all tags, as jinja2.lexer has them with its usual delimiters; raw blocks and comments
// are text. kMalformed where Jinja would refuse the template, kLimit where brackets nest deeper
// than anyone writes them. Linear.
Result<std::vector<JinjaToken>> JinjaTokens(std::string_view text);

}  // namespace weighlock::scan
