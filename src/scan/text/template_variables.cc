// A name that is set twice keeps the worse of both: which one holds is decided while it runs.
#include "scan/text/template_variables.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostBlocks = 100;  // within each other

}  // namespace

std::string TemplateVariables::Statement(size_t i) {
  const std::string& word = tokens_[i].text;
  if (word == "set" || word == "macro") Assignment(i + 1, word == "macro");
  return Block(i);
}

// Blocks open and close in pairs: a template that is cut off, or wrong, is refused by Jinja.
std::string TemplateVariables::Block(size_t i) {
  const std::string& word = tokens_[i].text;
  if (word.starts_with("end")) {
    if (open_.empty() || open_.back() != word.substr(3)) {
      return fmt::format("{} closes no block", Quote(word, 40));
    }
    open_.pop_back();
    return {};
  }
  const bool opens = word == "set" ? IsBlockSet(i + 1) : IsStatement("end" + word);
  if (!opens) return {};
  if (open_.size() == kMostBlocks) return "blocks nest too deep";
  open_.push_back(word);
  return {};
}

// {% set NAME %}, and not {% set NAME = ... %}.
bool TemplateVariables::IsBlockSet(size_t i) const {
  while (i < tokens_.size() &&
         (tokens_[i].Is(Kind::kName) || tokens_[i].IsOperator(".") || tokens_[i].IsOperator(","))) {
    ++i;
  }
  return i < tokens_.size() && !tokens_[i].IsOperator("=");
}

// {% set NAME = ... %} of strings that are put together, {% set NAME %}text{% endset %}, and
// macros: what they stand for is not in the tags.
void TemplateVariables::Assignment(size_t i, bool is_macro) {
  if (i + 1 >= tokens_.size() || !tokens_[i].Is(Kind::kName)) return;
  size_t end = i;
  const std::string name = DottedName(i, end);
  bool is_built = is_macro || tokens_[end].Is(Kind::kClose) || tokens_[end].IsOperator("|");
  bool is_looked_up = false;
  for (size_t k = end; k < tokens_.size() && !tokens_[k].Is(Kind::kClose); ++k) {
    const JinjaToken& token = tokens_[k];
    const bool is_filter = token.Is(Kind::kName) && BeforeIs(k, "|") && BuildsAsFilter(token.text);
    const bool is_part =
        token.Is(Kind::kString) && (BeforeIs(k, "+") || BehindIs(k, "+") || BehindIs(k, "["));
    is_built = is_built || token.IsOperator("~") || is_filter || is_part;
    is_looked_up =
        is_looked_up || (token.IsOperator("[") && IsSubscript(k) && Behind(k) != nullptr &&
                         Behind(k)->Is(Kind::kName) && tokens_[token.match - 1].Is(Kind::kName) &&
                         token.match == k + 2);
  }
  if (is_built) built_.insert(name);
  if (is_looked_up && !is_macro) looked_up_.insert(name);
}

}  // namespace weighlock::scan
