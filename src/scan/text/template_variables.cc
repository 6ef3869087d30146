// A name that is set twice keeps the worse of both: which one holds is decided while it runs.
#include "scan/text/template_variables.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostBlocks = 100;  // within each other
constexpr size_t kMostRounds = 20;   // of following variables through each other

}  // namespace

std::string TemplateVariables::Statement(size_t i) {
  const std::string& word = tokens_[i].text;
  if (word == "set" || word == "macro") Assignment(i + 1, word == "macro");
  if (word == "macro" || word == "call") BindParameters(i + 1);
  if (word == "set" || word == "for" || word == "with") Bind(i);
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

size_t TemplateVariables::StatementEnd(size_t i) const {
  while (i < tokens_.size() && !tokens_[i].Is(Kind::kClose)) ++i;
  return i;
}

// {% set a, ns.b = ... %}, {% for a, b in ... %}, {% with a = ..., b = ... %}: the names on the
// left get what is on the right, all of it.
void TemplateVariables::Bind(size_t i) {
  const size_t end = StatementEnd(i);
  const bool is_for = tokens_[i].text == "for", is_with = tokens_[i].text == "with";
  Binding binding{{}, i + 1, end, {}};
  size_t k = i + 1;
  for (; k < end; ++k) {
    if (is_for ? tokens_[k].IsName("in") : tokens_[k].IsOperator("=") && !is_with) break;
    const bool is_name = tokens_[k].Is(Kind::kName) && (!is_with || BehindIs(k, "="));
    if (!is_name) continue;
    size_t behind = k;
    binding.names.push_back(is_with ? tokens_[k].text : DottedName(k, behind));
    bound_.insert(binding.names.back());
    if (!is_with) k = behind - 1;
  }
  if (!is_with) binding.begin = std::min(k + 1, end);
  if (is_for && binding.begin < end &&
      (tokens_[binding.begin].IsOperator("[") || tokens_[binding.begin].IsOperator("(")) &&
      Builds(binding.begin, end)) {
    built_.insert(binding.names.begin(), binding.names.end());
  }
  // A dictionary keeps apart what it holds.
  const bool has_items =
      binding.names.size() == 1 && binding.begin + 1 < end &&
      (tokens_[binding.begin].IsOperator("{") ||
       ((tokens_[binding.begin].IsName("dict") || tokens_[binding.begin].IsName("namespace")) &&
        BehindIs(binding.begin, "(")));
  if (has_items && !is_for && !is_with) {
    const size_t open = tokens_[binding.begin].IsOperator("{") ? binding.begin : binding.begin + 1;
    if (tokens_[open].match + 1 == end) {
      return BindItems(binding.names[0], open + 1, tokens_[open].match);
    }
  }
  bindings_.push_back(std::move(binding));
}

// `name` gets "key=value" or "'key': value" of [begin, end).
void TemplateVariables::BindItems(const std::string& name, size_t begin, size_t end) {
  for (size_t i = begin; i < end;) {
    const size_t item_end = ItemEnd(i, end);
    const bool has_key = i + 1 < item_end && (BehindIs(i, "=") || BehindIs(i, ":")) &&
                         (tokens_[i].Is(Kind::kName) || tokens_[i].Is(Kind::kString));
    const std::string item = has_key ? name + "." + tokens_[i].text : name;
    if (Builds(has_key ? i + 2 : i, item_end)) built_.insert(item);
    bindings_.push_back({{item}, has_key ? i + 2 : i, item_end, {}});
    i = item_end + 1;
  }
}

// {% macro name(a, b='c') %}, {% call(a) name() %}: those of a call block are caller's.
void TemplateVariables::BindParameters(size_t i) {
  const size_t end = StatementEnd(i);
  const bool is_macro = i < end && tokens_[i].Is(Kind::kName);
  const size_t open = is_macro ? i + 1 : i;
  if (open >= end || !tokens_[open].IsOperator("(")) return;
  std::vector<std::string>& names = parameters_[is_macro ? tokens_[i].text : "caller"];
  for (size_t k = open + 1; k < tokens_[open].match; k = ItemEnd(k, tokens_[open].match) + 1) {
    if (!tokens_[k].Is(Kind::kName)) continue;
    names.push_back(tokens_[k].text);
    bound_.insert(tokens_[k].text);
    bindings_.push_back({{tokens_[k].text}, k + 1, ItemEnd(k, tokens_[open].match), {}});
  }
}

bool TemplateVariables::Follow() {
  for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (!tokens_[i].Is(Kind::kName) || !BehindIs(i, "(") || BeforeIs(i, ".")) continue;
    if (!parameters_.contains(tokens_[i].text) || Before(i)->IsName("macro")) continue;
    bindings_.push_back({{}, i + 2, tokens_[i + 1].match, tokens_[i].text});
  }
  std::set<std::string> macros;  // whose parameters are derived
  for (size_t round = 0; round < kMostRounds; ++round) {
    Mark(true);
    const size_t before = derived_.size();
    for (const Binding& binding : bindings_) {
      if (!IsDerived(binding.begin, binding.end)) continue;
      derived_.insert(binding.names.begin(), binding.names.end());
      if (binding.macro.empty() || !macros.insert(binding.macro).second) continue;
      const std::vector<std::string>& names = parameters_[binding.macro];
      derived_.insert(names.begin(), names.end());
    }
    if (derived_.size() > before) continue;
    Mark(false);
    return true;
  }
  Mark(false);
  return false;
}

void TemplateVariables::Mark(bool with_building) {
  marked_.assign(1, 0);
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const bool is_marked = (with_building && BuildsAt(i)) || IsDerivedAt(i);
    marked_.push_back(marked_.back() + (is_marked ? 1 : 0));
  }
}

// "a.b.c" where "a", "a.b" or "a.b.c" is, or "a.b.c.d".
bool TemplateVariables::IsDerivedName(const std::string& name) const {
  for (size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    if (derived_.count(name.substr(0, dot)) > 0) return true;
  }
  const auto found = derived_.lower_bound(name);
  return found != derived_.end() && (*found == name || found->starts_with(name + "."));
}

bool TemplateVariables::IsDerivedAt(size_t i) const {
  constexpr size_t kMostParts = 8;  // of a name; what is set has few
  if (!tokens_[i].Is(Kind::kName) || BeforeIs(i, ".") || BeforeIs(i, "|")) return false;
  std::string name = tokens_[i].text;
  size_t behind = i + 1;
  for (size_t part = 0; part < kMostParts && behind + 1 < tokens_.size(); ++part) {
    if (tokens_[behind].IsOperator(".") && tokens_[behind + 1].Is(Kind::kName)) {
      name += "." + tokens_[behind + 1].text;
      behind += 2;
    } else if (tokens_[behind].IsOperator("[") && tokens_[behind + 1].Is(Kind::kString) &&
               tokens_[behind].match == behind + 2) {
      name += "." + tokens_[behind + 1].text;  // a['b'] is a.b
      behind += 3;
    } else {
      break;
    }
  }
  return IsDerivedName(name);
}

}  // namespace weighlock::scan
