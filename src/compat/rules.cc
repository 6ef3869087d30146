// The predicates, each a few lines, and the text of what holds.
#include "compat/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/escape.h"
#include "compat/known_spec.h"
#include "compat/rotary_keys.h"
#include "json/json_edit.h"
#include "json/python_text.h"

namespace weighlock {

// kb/check.json, embedded by the build.
extern const std::string_view kBuiltinRules;

namespace {

using Kind = JsonValue::Kind;

std::string_view Text(const JsonValue& object, std::string_view key) {
  const std::string* text = object.FindString(key);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

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

// Whether Python's int() takes a text.
bool IsIntegerText(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The first key of an object that is no integer, or null.
const std::string* OddKey(const JsonValue* value) {
  if (value == nullptr || !value->Is(Kind::kObject)) return nullptr;
  for (const JsonMember& member : value->members) {
    if (!IsIntegerText(member.name)) return &member.name;
  }
  return nullptr;
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

Error Bad(std::string_view rule, std::string_view what, const JsonValue& at) {
  return Error(Code::kMalformed, fmt::format("rule {}: {}", rule, what), at.offset);
}

std::optional<RotaryValue::What> WhatOf(std::string_view word) {
  if (word == "base") return RotaryValue::What::kBase;
  if (word == "part") return RotaryValue::What::kPart;
  if (word == "scaling") return RotaryValue::What::kScaling;
  if (word == "pattern") return RotaryValue::What::kPattern;
  return std::nullopt;
}

// Every predicate is one of the closed set. Recursion as deep as the text may nest.
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
    const VersionSpec* spec = KnownSpec(Text(predicate, "spec"));
    if (spec != nullptr && !spec->text().empty()) return {};
    return Bad(rule, "a predicate without a readable spec", predicate);
  }
  if (!Text(predicate, "at").starts_with('/')) return Bad(rule, "no such predicate", predicate);
  if (const std::string* what = predicate.FindString("rotary")) {
    if (*what == "unread" || WhatOf(*what)) return {};
    return Bad(rule, "no such rotary value", predicate);
  }
  if (const std::string* kind = predicate.FindString("is")) {
    if (std::find(std::begin(kKinds), std::end(kKinds), *kind) != std::end(kKinds)) return {};
    return Bad(rule, "no such kind of value", predicate);
  }
  for (const char* test : {"in", "holds", "fields", "number", "above", "divides", "reaches",
                           "counts", "keys", "version"}) {
    if (predicate.Find(test) != nullptr) return {};
  }
  return Bad(rule, "a predicate that tests nothing", predicate);
}

class Evaluator {
 public:
  Evaluator(const RuleInput& input, const Target* target) : input_(input), target_(target) {}

  const JsonValue* Value(const JsonValue& row) const {
    const bool tokenizer = Text(row, "file") == "tokenizer_config.json";
    return At(tokenizer ? input_.tokenizer_config : input_.config, Text(row, "at"));
  }

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
      return OfRotary(*what, Text(predicate, "at"));
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
    const Component* component = target_->Find(Text(predicate, "target"));
    // A package that nobody names is not there, unless another wants it.
    const bool lacks = component == nullptr || component->absent;
    if (predicate.FindTrue("lacks")) return FromBool(lacks);
    if (component == nullptr) return Tri::kUnknown;
    if (component->absent) return Tri::kNo;
    if (predicate.FindTrue("present")) return Tri::kYes;
    const VersionSpec* spec = KnownSpec(Text(predicate, "spec"));
    return spec != nullptr ? TriOf(component->Within(*spec)) : Tri::kNo;
  }

  bool OfValue(const JsonValue& predicate) const {
    const JsonValue* value = Value(predicate);
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

constexpr std::pair<std::string_view, Stage> kStageWords[] = {{"packaging", Stage::kPackaging},
                                                              {"config", Stage::kConfig},
                                                              {"tokenizer", Stage::kTokenizer},
                                                              {"weights", Stage::kWeights},
                                                              {"forward", Stage::kForward}};

std::optional<Stage> StageOf(std::string_view word) {
  for (const auto& [name, stage] : kStageWords) {
    if (name == word) return stage;
  }
  return std::nullopt;
}

std::optional<Verdict> VerdictOf(std::string_view word) {
  for (const Verdict verdict : {Verdict::kOk, Verdict::kRisk, Verdict::kDiffers, Verdict::kFail}) {
    if (VerdictName(verdict) == word) return verdict;
  }
  return std::nullopt;
}

std::string Words(const JsonValue* value) {
  if (value == nullptr) return "None";
  return value->Is(Kind::kString) ? value->text : PythonText(*value);
}

// Puts values into a message: {python} is the rule's own, {class} its class in Python, {odd key}
// its first key that is no integer, {items} how many it has, {/key} a value of config.json,
// {package} the package's path.
std::string Filled(std::string_view text, const JsonValue* own, const RuleInput& input) {
  std::string out;
  while (true) {
    const size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open);
    const std::string_view slot = text.substr(0, text.find('}') + 1);
    if (slot == "{python}") {
      out += Words(own);
    } else if (slot == "{class}") {
      out += own == nullptr ? "NoneType" : PythonClass(*own);
    } else if (slot == "{odd key}") {
      const std::string* key = OddKey(own);
      out += key == nullptr ? "" : *key;
    } else if (slot == "{items}") {
      out += std::to_string(own == nullptr ? 0 : own->items.size());
    } else if (slot.starts_with("{/")) {
      out += Words(At(input.config, slot.substr(1, slot.size() - 2)));
    } else if (slot == "{package}") {
      out += input.package;
    } else {
      out += '{';
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(slot.size());
  }
}

bool Fits(const JsonValue& row, const Target& target, const char* component, const char* key) {
  const std::string* text = row.FindString(key);
  if (text == nullptr) return true;
  const Component* own = target.Find(component);
  const VersionSpec* spec = KnownSpec(*text);
  return own != nullptr && own->version && spec != nullptr && spec->Contains(*own->version);
}

std::string Message(const JsonValue& rule, const RuleInput& input, const Target& target,
                    const JsonValue* value) {
  const JsonValue* messages = rule.Find("messages");
  for (size_t i = 0; messages != nullptr && i < messages->items.size(); ++i) {
    const JsonValue& row = messages->items[i];
    if (!Fits(row, target, "transformers", "spec")) continue;
    if (!Fits(row, target, "torch", "torch")) continue;
    if (!Fits(row, target, "python", "python")) continue;
    return Filled(Text(row, "text"), value, input);
  }
  return {};
}

// The text of a member of an object; empty: it has none of that name.
std::string_view MemberText(std::string_view object, std::string_view name) {
  for (JsonSpanWalk walk(object, std::min(object.find('{'), object.size())); walk.Next();) {
    if (walk.name() == name) return object.substr(walk.begin(), walk.End() - walk.begin());
  }
  return {};
}

// Whether a predicate can hold for any target. Most rules are about another model, and one part of
// their "all" says so: the others are not even parsed.
bool CanHold(std::string_view predicate, const RuleInput& input) {
  const auto can = [&](std::string_view text) {
    const auto parsed = ParseJson(AsBytes(text), Limits());
    return parsed && Holds(*parsed, input, nullptr) != Tri::kNo;
  };
  const std::string_view parts = MemberText(predicate, "all");
  if (parts.empty()) return can(predicate);
  for (JsonSpanWalk part(parts, 0); part.Next();) {
    if (!can(parts.substr(part.begin(), part.End() - part.begin()))) return false;
  }
  return true;
}

}  // namespace

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

Rules Rules::Builtin() {
  return Over(kBuiltinRules);
}

Rules Rules::Over(std::string_view text) {
  Rules rules;
  const std::string_view rows = MemberText(text, "rules");
  for (JsonSpanWalk row(rows, 0); row.Next();) {
    const std::string_view own = rows.substr(row.begin(), row.End() - row.begin());
    rules.rows_.push_back({own, MemberText(own, "when"), nullptr});
  }
  return rules;
}

Result<Rules> Rules::Parse(Bytes text) {
  WL_TRY(const JsonValue root, ParseJson(text, Limits()));
  const JsonValue* rows = root.Find("rules");
  if (Text(root, "schema") != "weighlock-check-rules/1" || rows == nullptr) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-check-rules/1\" with rules", 0);
  }
  for (const JsonValue& row : rows->items) {
    const std::string_view id = Text(row, "id");
    const JsonValue* when = row.Find("when");
    const std::string_view verdict = Text(row, "verdict");
    if (id.empty() || when == nullptr) return Bad(id, "no id, or no when", row);
    if (!StageOf(Text(row, "stage"))) return Bad(id, "no such stage", row);
    if (!VerdictOf(verdict)) return Bad(id, "no such verdict", row);
    WL_CHECKED(CheckPredicate(id, *when));
  }
  auto own_text = std::make_unique<const std::string>(AsText(text));
  Rules rules = Over(*own_text);
  rules.own_text_ = std::move(own_text);
  return rules;
}

PackageRules Rules::Of(const RuleInput& input) const {
  PackageRules rules(input);
  for (const Row& row : rows_) {
    if (!CanHold(row.when, input)) continue;
    if (row.whole == nullptr) {
      auto whole = ParseJson(AsBytes(row.text), Limits());
      if (!whole) continue;  // Parse has read it, and so has a test what is built in
      row.whole = std::make_unique<JsonValue>(*std::move(whole));
    }
    rules.rows_.push_back(row.whole.get());
  }
  return rules;
}

std::vector<CheckFinding> PackageRules::Apply(const Target& target) const {
  std::vector<CheckFinding> findings;
  const Evaluator evaluator(input_, &target);
  for (const JsonValue* own : rows_) {
    const JsonValue& row = *own;
    const Tri holds = evaluator.Holds(*row.Find("when"));
    if (holds == Tri::kNo) continue;
    const JsonValue* value = evaluator.Value(row);
    CheckFinding finding;
    finding.rule = Text(row, "id");
    finding.stage = StageOf(Text(row, "stage")).value_or(Stage::kConfig);
    finding.verdict = *VerdictOf(Text(row, "verdict"));
    if (holds == Tri::kUnknown) {
      if (finding.verdict == Verdict::kOk) continue;
      finding.verdict = Verdict::kRisk;
    }
    finding.text = Text(row, "text");
    if (holds == Tri::kYes) finding.message = Message(row, input_, target, value);
    finding.path = Text(row, "file");
    finding.pointer = Text(row, "at");
    if (value != nullptr) finding.offset = value->offset;
    const JsonValue* adaptations = row.Find("adaptations");
    for (size_t i = 0; adaptations != nullptr && i < adaptations->items.size(); ++i) {
      finding.adaptations.push_back(adaptations->items[i].text);
    }
    finding.source = Text(row, "source");
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace weighlock
