// Which rules can hold of a package, and the text of those that do.
#include "compat/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "compat/known_spec.h"
#include "compat/message_slots.h"
#include "compat/rule_predicates.h"
#include "json/json_edit.h"
#include "json/python_text.h"

namespace weighlock {

// kb/check.json, embedded by the build.
extern const std::string_view kBuiltinRules;

namespace {

using Kind = JsonValue::Kind;

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
  return FillSlots(text, [&](std::string_view slot) -> std::optional<std::string> {
    if (slot == "{python}") return Words(own);
    if (slot == "{class}") return std::string(own == nullptr ? "NoneType" : PythonClass(*own));
    if (slot == "{items}") return std::to_string(own == nullptr ? 0 : own->items.size());
    if (slot == "{package}") return std::string(input.package);
    if (slot.starts_with("{/")) return Words(At(input.config, slot.substr(1, slot.size() - 2)));
    if (slot != "{odd key}") return std::nullopt;
    const std::string* key = OddKey(own);
    return key == nullptr ? std::string() : *key;
  });
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
    return Filled(TextOf(row, "text"), value, input);
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
  if (TextOf(root, "schema") != "weighlock-check-rules/1" || rows == nullptr) {
    return Error(Code::kMalformed, "wanted schema \"weighlock-check-rules/1\" with rules", 0);
  }
  for (const JsonValue& row : rows->items) {
    const std::string_view id = TextOf(row, "id");
    const JsonValue* when = row.Find("when");
    const std::string_view verdict = TextOf(row, "verdict");
    if (id.empty() || when == nullptr) return BadRule(id, "no id, or no when", row);
    if (!StageOf(TextOf(row, "stage"))) return BadRule(id, "no such stage", row);
    if (!VerdictOf(verdict)) return BadRule(id, "no such verdict", row);
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
  for (const JsonValue* own : rows_) {
    const JsonValue& row = *own;
    const Tri holds = Holds(*row.Find("when"), input_, &target);
    if (holds == Tri::kNo) continue;
    const JsonValue* value = ValueOf(row, input_);
    CheckFinding finding;
    finding.rule = TextOf(row, "id");
    finding.stage = StageOf(TextOf(row, "stage")).value_or(Stage::kConfig);
    finding.verdict = *VerdictOf(TextOf(row, "verdict"));
    if (holds == Tri::kUnknown) {
      if (finding.verdict == Verdict::kOk) continue;
      finding.verdict = Verdict::kRisk;
    }
    finding.text = TextOf(row, "text");
    if (holds == Tri::kYes) finding.message = Message(row, input_, target, value);
    finding.path = TextOf(row, "file");
    finding.pointer = TextOf(row, "at");
    if (value != nullptr) finding.offset = value->offset;
    const JsonValue* adaptations = row.Find("adaptations");
    for (size_t i = 0; adaptations != nullptr && i < adaptations->items.size(); ++i) {
      finding.adaptations.push_back(adaptations->items[i].text);
    }
    finding.source = TextOf(row, "source");
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace weighlock
