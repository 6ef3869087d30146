// Messages of check's own tables are taken from there, so that both say the same words.
#include "explain/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "compat/knowledge.h"
#include "compat/vocabularies.h"
#include "explain/message_form.h"

namespace weighlock {

// kb/failures.json, kb/rules.json and kb/check.json, embedded by the build.
extern const std::string_view kBuiltinFailures, kBuiltinRuleBook, kBuiltinRules;

namespace {

std::string Text(const JsonValue& object, std::string_view key) {
  const std::string* text = object.FindString(key);
  return text == nullptr ? std::string() : *text;
}

const std::vector<JsonValue>& List(const JsonValue& object, std::string_view key) {
  static const std::vector<JsonValue> kNone;
  const JsonValue* list = object.Find(key);
  return list == nullptr ? kNone : list->items;
}

std::vector<std::string> Texts(const JsonValue& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const JsonValue& item : List(object, key)) texts.push_back(item.text);
  return texts;
}

void AddNew(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

// "transformers >=4.31.0,<4.40.0 with torch >=2.1.0".
std::string Releases(std::string_view component, const JsonValue& row) {
  const std::string spec = Text(row, "spec"), torch = Text(row, "torch");
  if (component.empty()) return {};
  std::string out(component);
  if (!spec.empty()) out += " " + spec;
  if (!torch.empty()) out += " with torch " + torch;
  return out;
}

// The library that decides what is said of a vocabulary, or transformers.
std::string SaidWith(const JsonValue& row) {
  for (const char* library : {"sentencepiece", "python"}) {
    const std::string spec = Text(row, library);
    if (!spec.empty()) return std::string(library) + " " + spec;
  }
  return "transformers";
}

std::vector<SlotWords> Slots(const JsonValue& message) {
  std::vector<SlotWords> slots;
  if (const JsonValue* all = message.Find("slots")) {
    for (const JsonMember& slot : all->members) {
      slots.push_back({slot.name, {}});
      for (const JsonValue& one : slot.value.items) slots.back().patterns.push_back(one.text);
    }
  }
  return slots;
}

Error Bad(const std::string& id, std::string_view what, const JsonValue& at) {
  return Error(Code::kMalformed, fmt::format("{}: {}", id, what), at.offset);
}

const JsonValue* RowOf(const JsonValue& rules, std::string_view id) {
  for (const JsonValue& row : List(rules, "rules")) {
    if (Text(row, "id") == id) return &row;
  }
  return nullptr;
}

// Whether the releases of a row of words are those that an entry speaks of.
bool IsWithin(const JsonValue& row, const std::string& within) {
  const auto own = VersionSpec::Parse(Text(row, "spec"));
  const auto all = VersionSpec::Parse(within);
  return own && all && own->Within(*all) == Overlap::kAll;
}

}  // namespace

// The messages that an entry's row stands for.
class MessageSource {
 public:
  MessageSource(const Knowledge& knowledge, const Vocabularies& vocabularies,
                const JsonValue& check_rules)
      : knowledge_(knowledge), vocabularies_(vocabularies), check_rules_(check_rules) {}

  Result<std::vector<SaidBy>> Of(const JsonValue& row, const std::string& id) const {
    std::vector<SaidBy> said;
    if (const std::string* text = row.FindString("text")) {
      said.push_back({Releases(Text(row, "of"), row), *text});
    } else if (const std::string* words = row.FindString("words")) {
      const JsonValue* table = knowledge_.MessageTable(*words);
      if (table == nullptr) return Bad(id, "no such words", row);
      for (const JsonValue& line : table->items) {
        if (IsWithin(line, Text(row, "within"))) {
          said.push_back({Releases("transformers", line), Text(line, "text")});
        }
      }
    } else if (const JsonValue* hows = row.Find("said")) {
      for (const JsonValue& how : hows->items) {
        for (const JsonValue& line : vocabularies_.said().items) {
          if (Text(line, "how") == how.text) said.push_back({SaidWith(line), Text(line, "text")});
        }
      }
    } else if (const std::string* rule = row.FindString("rule")) {
      const JsonValue* found = RowOf(check_rules_, *rule);
      if (found == nullptr) return Bad(id, "no such rule", row);
      for (const JsonValue& line : List(*found, "messages")) {
        said.push_back({Releases("transformers", line), Text(line, "text")});
      }
    }
    if (said.empty()) return Bad(id, "a message that says nothing", row);
    return said;
  }

 private:
  const Knowledge& knowledge_;
  const Vocabularies& vocabularies_;
  const JsonValue& check_rules_;
};

Result<Catalogue> Catalogue::Builtin() {
  return Parse(kBuiltinFailures, kBuiltinRuleBook, kBuiltinRules);
}

Result<Catalogue> Catalogue::Parse(std::string_view failures, std::string_view rules,
                                   std::string_view check_rules) {
  WL_TRY(const JsonValue failure_root, ParseJson(AsBytes(failures), Limits()));
  WL_TRY(const JsonValue rule_root, ParseJson(AsBytes(rules), Limits()));
  WL_TRY(const JsonValue check_root, ParseJson(AsBytes(check_rules), Limits()));
  if (Text(failure_root, "schema") != "weighlock-failures/1" ||
      Text(rule_root, "schema") != "weighlock-rules/1") {
    return Error(Code::kMalformed, "wanted schemas weighlock-failures/1 and weighlock-rules/1", 0);
  }
  Catalogue catalogue;
  WL_CHECKED(catalogue.ReadRules(rule_root));
  WL_CHECKED(catalogue.ReadRules(check_root));
  std::sort(catalogue.rules_.begin(), catalogue.rules_.end(),
            [](const RuleText& a, const RuleText& b) { return a.id < b.id; });
  WL_TRY(const Knowledge knowledge, Knowledge::Builtin());
  WL_TRY(const Vocabularies vocabularies, Vocabularies::Builtin());
  const MessageSource source(knowledge, vocabularies, check_root);
  WL_CHECKED(catalogue.ReadPlaces(failure_root));
  for (const JsonValue& row : List(failure_root, "failures")) {
    WL_CHECKED(catalogue.ReadFailure(row, source));
  }
  catalogue.LinkRules();
  return catalogue;
}

Status Catalogue::ReadRules(const JsonValue& root) {
  for (const JsonValue& row : List(root, "rules")) {
    RuleText rule;
    rule.id = Text(row, "id");
    rule.stage = Text(row, "stage");
    rule.verdicts = Texts(row, "verdicts");
    if (const std::string* one = row.FindString("verdict")) rule.verdicts = {*one};
    rule.text = Text(row, "text");
    rule.adaptations = Texts(row, "adaptations");
    rule.confidence = Text(row, "confidence");
    rule.source = Text(row, "source");
    if (rule.id.empty() || rule.text.empty() || rule.stage.empty() || rule.verdicts.empty() ||
        rule.confidence.empty() || rule.source.empty()) {
      return Bad(rule.id, "a rule wants stage, verdicts, text, confidence and source", row);
    }
    rules_.push_back(std::move(rule));
  }
  return {};
}

Status Catalogue::ReadFailure(const JsonValue& row, const MessageSource& source) {
  CatalogueFailure failure;
  FailureText& text = failure.text;
  text.id = Text(row, "id");
  text.stage = Text(row, "stage");
  text.cause = Text(row, "cause");
  text.fix = Text(row, "fix");
  text.adaptations = Texts(row, "adaptations");
  text.confidence = Text(row, "confidence");
  text.source = Text(row, "source");
  if (text.id.empty() || text.stage.empty() || text.cause.empty() || text.fix.empty() ||
      text.confidence.empty() || text.source.empty()) {
    return Bad(text.id, "a failure wants stage, cause, fix, confidence and source", row);
  }
  for (const JsonValue& upgrade : List(row, "upgrade")) {
    const std::string first = Text(upgrade, "first"), slot = Text(upgrade, "slot");
    if (first.empty()) {
      text.upgrades.push_back(
          {Text(upgrade, "component"), Text(upgrade, "version"), Text(upgrade, "also")});
    } else {
      failure.first_known.push_back(
          {Text(upgrade, "component"), first, slot.empty() ? first : slot});
    }
  }
  std::vector<std::string> rules = Texts(row, "rules");
  for (const JsonValue& message : List(row, "messages")) {
    WL_TRY(std::vector<SaidBy> said, source.Of(message, text.id));
    const std::vector<std::string> own =
        message.Find("rules") == nullptr ? Texts(row, "rules") : Texts(message, "rules");
    for (const std::string& rule : own) AddNew(rules, rule);
    for (SaidBy& one : said) {
      text.messages.push_back(one);
      const Whose whose = WhoseIs(one.text);
      failure.messages.push_back({std::move(one), whose, own, Texts(message, "near"),
                                  Texts(message, "with"), Texts(message, "spelled"),
                                  Slots(message)});
    }
  }
  for (const std::string& id : rules) {
    const RuleText* rule = FindRule(id);
    if (rule == nullptr) return Bad(text.id, "no such rule: " + id, row);
    text.rules.emplace_back(id, rule->text);
  }
  failures_.push_back(std::move(failure));
  return {};
}

// "anybodys", "often", "loaders" and "elsewhere" of the file; all may be missing.
Status Catalogue::ReadPlaces(const JsonValue& root) {
  anybodys_ = Texts(root, "anybodys");
  often_ = Texts(root, "often");
  loaders_ = Texts(root, "loaders");
  elsewhere_ = Texts(root, "elsewhere");
  for (const std::string& message : often_) {
    if (std::find(anybodys_.begin(), anybodys_.end(), message) != anybodys_.end()) {
      return Bad(message, "stands in often and in anybodys", root);
    }
  }
  return {};
}

Whose Catalogue::WhoseIs(const std::string& message) const {
  const std::string bare = WithBareHoles(message);
  const auto is_of = [&](const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view one) {
      if (!one.ends_with('*')) return one == bare;
      one.remove_suffix(1);
      return bare.starts_with(one);
    });
  };
  if (is_of(often_)) return Whose::kOften;
  return is_of(anybodys_) ? Whose::kAnybodys : Whose::kOurs;
}

void Catalogue::LinkRules() {
  for (RuleText& rule : rules_) {
    for (const CatalogueFailure& failure : failures_) {
      const auto& named = failure.text.rules;
      if (std::none_of(named.begin(), named.end(),
                       [&](const auto& pair) { return pair.first == rule.id; })) {
        continue;
      }
      rule.failures.push_back(failure.text.id);
      for (const CatalogueMessage& message : failure.messages) {
        const auto& own = message.rules;
        if (std::find(own.begin(), own.end(), rule.id) != own.end()) {
          rule.messages.push_back(message.said);
        }
      }
    }
  }
}

const RuleText* Catalogue::FindRule(std::string_view id) const {
  const auto found =
      std::lower_bound(rules_.begin(), rules_.end(), id,
                       [](const RuleText& rule, std::string_view i) { return rule.id < i; });
  return found == rules_.end() || found->id != id ? nullptr : &*found;
}

}  // namespace weighlock
