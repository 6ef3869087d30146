// Each predicate is a few lines; what a target does not say stays unknown through all of them.
#include "compat/rule_predicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "compat/known_spec.h"
#include "compat/rotary_keys.h"
#include "json/python_text.h"

namespace weighlock {
namespace {

using Kind = JsonValue::Kind;

Tri FromBool(bool yes) {
  return yes ? Tri::kYes : Tri::kNo;
}

std::optional<double> Number(const JsonValue& value) {
  if (!value.Is(Kind::kNumber)) return std::nullopt;
  // What is beyond a double is infinite, as to Python.
  return std::strtod(value.text.c_str(), nullptr);
}

bool IsOfKind(const JsonValue* value, std::string_view kind) {
  if (value == nullptr) return kind == "missing";
  switch (value->kind) {
    case Kind::kNull:
      return kind == "null";
    case Kind::kBool:
      return kind == (value->boolean ? "true" : "false");
    case Kind::kNumber:
      return kind == "number" || kind == (PythonClass(*value) == "float" ? "float" : "integer");
    case Kind::kString:
      return kind == "string";
    case Kind::kArray:
      return kind == (value->items.empty() ? "empty" : "array") || kind == "array";
    case Kind::kObject:
      return kind == "object";
  }
  return false;
}

// Whether Python's int() takes a text: spaces around it, and single underscores between digits,
// too.
bool IsIntegerText(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('_') || text.ends_with('_')) return false;
  return text.find_first_not_of("0123456789_") == std::string_view::npos &&
         text.find("__") == std::string_view::npos;
}

constexpr std::string_view kKinds[] = {"null",    "true",  "false", "number", "float",  "string",
                                       "integer", "array", "empty", "object", "missing"};

// Whether a word is in a list, or in a text of words with | between them.
bool HoldsWord(const JsonValue& value, std::string_view word) {
  std::string_view rest = value.Is(Kind::kString) ? std::string_view(value.text) : "";
  while (!rest.empty()) {
    const std::string_view first = rest.substr(0, rest.find('|'));
    if (first == word) return true;
    rest.remove_prefix(std::min(rest.size(), first.size() + 1));
  }
  return std::any_of(value.items.begin(), value.items.end(), [&](const JsonValue& item) {
    return item.Is(Kind::kString) && item.text == word;
  });
}

std::optional<RotaryValue::What> WhatOf(std::string_view word) {
  if (word == "base") return RotaryValue::What::kBase;
  if (word == "part") return RotaryValue::What::kPart;
  if (word == "scaling") return RotaryValue::What::kScaling;
  if (word == "pattern") return RotaryValue::What::kPattern;
  return std::nullopt;
}

class Evaluator {
 public:
  Evaluator(const RuleInput& input, const Target* target) : input_(input), target_(target) {}

  Tri Holds(const JsonValue& predicate) const {
    if (const JsonValue* any = predicate.Find("any")) {
      Tri best = Tri::kNo;
      for (const JsonValue& part : any->items) {
        best = std::max(best, Holds(part));
        if (best == Tri::kYes) break;
      }
      return best;
    }
    if (const JsonValue* all = predicate.Find("all")) {
      Tri worst = Tri::kYes;
      for (const JsonValue& part : all->items) {
        worst = std::min(worst, Holds(part));
        if (worst == Tri::kNo) break;
      }
      return worst;
    }
    if (const JsonValue* part = predicate.Find("not")) {
      const Tri answer = Holds(*part);
      return answer == Tri::kUnknown ? answer : FromBool(answer == Tri::kNo);
    }
    if (const std::string* fact = predicate.FindString("fact")) {
      return FromBool(input_.facts.contains(*fact));
    }
    if (predicate.FindString("target") != nullptr) return OfTarget(predicate);
    if (const std::string* what = predicate.FindString("rotary")) {
      return OfRotary(*what, TextOf(predicate, "at"));
    }
    return FromBool(OfValue(predicate));
  }

 private:
  // Whether the target misses what stands in rope_parameters at `pointer`.
  Tri OfRotary(std::string_view word, std::string_view pointer) const {
    const JsonValue* own = At(input_.config, pointer.substr(0, pointer.rfind('/')));
    if (own == nullptr || At(input_.config, pointer) == nullptr) return Tri::kNo;
    const Component* transformers = target_ == nullptr ? nullptr : target_->Find("transformers");
    if (target_ == nullptr || transformers == nullptr) return Tri::kUnknown;
    if (transformers->absent) return Tri::kNo;
    if (!transformers->version) return Tri::kUnknown;
    const auto missed = RotaryKeys::Builtin().Missed(*own, *transformers->version);
    return FromBool(std::any_of(missed.begin(), missed.end(), [&](const RotaryValue& value) {
      const bool asked = value.HasPlace() ? WhatOf(word) == value.what : word == "unread";
      return asked && value.differs;
    }));
  }

  Tri OfTarget(const JsonValue& predicate) const {
    if (target_ == nullptr) return Tri::kUnknown;
    const Component* component = target_->Find(TextOf(predicate, "target"));
    // A package that nobody names is not there, unless another wants it.
    const bool lacks = component == nullptr || component->absent;
    if (predicate.FindTrue("lacks")) return FromBool(lacks);
    if (component == nullptr) return Tri::kUnknown;
    if (component->absent) return Tri::kNo;
    if (predicate.FindTrue("present")) return Tri::kYes;
    const VersionSpec* spec = KnownSpec(TextOf(predicate, "spec"));
    return spec != nullptr ? TriOf(component->Within(*spec)) : Tri::kNo;
  }

  bool OfValue(const JsonValue& predicate) const {
    const JsonValue* value = ValueOf(predicate, input_);
    if (const std::string* kind = predicate.FindString("is")) return IsOfKind(value, *kind);
    if (value == nullptr) return false;
    if (const JsonValue* words = predicate.Find("in")) {
      return value->Is(Kind::kString) &&
             std::any_of(words->items.begin(), words->items.end(),
                         [&](const JsonValue& word) { return word.text == value->text; });
    }
    if (const std::string* word = predicate.FindString("holds")) return HoldsWord(*value, *word);
    if (const JsonValue* count = predicate.Find("fields")) {
      return value->Is(Kind::kObject) && count->AsUint() == value->members.size();
    }
    if (const std::string* spec = predicate.FindString("version")) {
      const VersionSpec* wanted = KnownSpec(*spec);
      const auto version = Version::Parse(value->text);
      return value->Is(Kind::kString) && wanted != nullptr && version && wanted->Contains(*version);
    }
    if (predicate.Find("keys") != nullptr) {
      return value->Is(Kind::kObject) && OddKey(value) == nullptr;
    }
    if (const std::string* other = predicate.FindString("counts")) {
      const JsonValue* count = At(input_.config, *other);
      return count != nullptr && count->AsUint() == value->items.size();
    }
    const auto number = Number(*value);
    if (const std::string* other = predicate.FindString("reaches")) {
      const JsonValue* least = At(input_.config, *other);
      const auto bound = least == nullptr ? std::nullopt : Number(*least);
      return number && bound && *number >= *bound;
    }
    if (const JsonValue* same = predicate.Find("number")) return number && number == Number(*same);
    if (const std::string* other = predicate.FindString("divides")) {
      const JsonValue* dividend = At(input_.config, *other);
      const auto divisor = value->AsUint();
      const auto all = dividend == nullptr ? std::nullopt : dividend->AsUint();
      return divisor && all && *divisor != 0 && *all % *divisor == 0;
    }
    const JsonValue* bound = predicate.Find("above");
    return bound != nullptr && number && number > Number(*bound);
  }

  const RuleInput& input_;
  const Target* target_;
};

}  // namespace

std::string_view TextOf(const JsonValue& object, std::string_view key) {
  const std::string* text = object.FindString(key);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

const std::string* OddKey(const JsonValue* value) {
  if (value == nullptr || !value->Is(Kind::kObject)) return nullptr;
  for (const JsonMember& member : value->members) {
    if (!IsIntegerText(member.name)) return &member.name;
  }
  return nullptr;
}

Error BadRule(std::string_view rule, std::string_view what, const JsonValue& at) {
  return Error(Code::kMalformed, fmt::format("rule {}: {}", rule, what), at.offset);
}

Status CheckPredicate(std::string_view rule, const JsonValue& predicate) {
  for (const char* list : {"any", "all"}) {
    const JsonValue* parts = predicate.Find(list);
    if (parts == nullptr) continue;
    for (const JsonValue& part : parts->items) WL_CHECKED(CheckPredicate(rule, part));
    return {};
  }
  if (const JsonValue* part = predicate.Find("not")) return CheckPredicate(rule, *part);
  if (predicate.FindString("fact") != nullptr) return {};
  if (predicate.FindString("target") != nullptr) {
    if (predicate.FindTrue("present") || predicate.FindTrue("lacks")) return {};
    const VersionSpec* spec = KnownSpec(TextOf(predicate, "spec"));
    if (spec != nullptr && !spec->text().empty()) return {};
    return BadRule(rule, "a predicate without a readable spec", predicate);
  }
  if (!TextOf(predicate, "at").starts_with('/'))
    return BadRule(rule, "no such predicate", predicate);
  if (const std::string* what = predicate.FindString("rotary")) {
    if (*what == "unread" || WhatOf(*what)) return {};
    return BadRule(rule, "no such rotary value", predicate);
  }
  if (const std::string* kind = predicate.FindString("is")) {
    if (std::find(std::begin(kKinds), std::end(kKinds), *kind) != std::end(kKinds)) return {};
    return BadRule(rule, "no such kind of value", predicate);
  }
  for (const char* test : {"in", "holds", "fields", "number", "above", "divides", "reaches",
                           "counts", "keys", "version"}) {
    if (predicate.Find(test) != nullptr) return {};
  }
  return BadRule(rule, "a predicate that tests nothing", predicate);
}

const JsonValue* ValueOf(const JsonValue& row, const RuleInput& input) {
  const bool tokenizer = TextOf(row, "file") == "tokenizer_config.json";
  return At(tokenizer ? input.tokenizer_config : input.config, TextOf(row, "at"));
}

const JsonValue* At(const JsonValue* root, std::string_view pointer) {
  while (root != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view key = pointer.substr(0, pointer.find('/'));
    if (root->Is(Kind::kArray)) {
      size_t index = 0;
      const auto parsed = std::from_chars(key.data(), key.data() + key.size(), index);
      const bool is_index = parsed.ec == std::errc() && parsed.ptr == key.data() + key.size();
      root = is_index && index < root->items.size() ? &root->items[index] : nullptr;
    } else {
      root = root->Find(key);
    }
    pointer.remove_prefix(key.size());
  }
  return root;
}

Tri Holds(const JsonValue& predicate, const RuleInput& input, const Target* target) {
  return Evaluator(input, target).Holds(predicate);
}

}  // namespace weighlock
