// Rules as data: what a package's small files and a target together lead to (kb/check.json).
//
// A rule holds where its predicate does. Predicates, besides those of compat/knowledge.h:
// {"at": P, "is": K}, {"at": P, "in": [strings]}, {"at": P, "holds": word}, {"at": P, "fields": n},
// {"at": P, "number": x}, {"at": P, "above": x}, {"at": P, "divides": P2}, {"at": P, "reaches": P2}
// (is no less than the number there), {"at": P, "keys": "integer"} (every key is one to Python),
// {"at": P, "version": ">=5"} (the text is such a version), all of the value at the JSON pointer P
// of "file" (config.json where none is named); {"at": P, "rotary": W} (P is rope_parameters, of
// which the target looks for something elsewhere: its "base", "part", "scaling" or "pattern"; or
// that it has no place for: "unread"); {"fact": F}; {"not": p}, {"any": [...]},
// {"all": [...]}. K is a kind of JSON, or "integer", "float", "true", "false", "empty" (an array),
// "missing".
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compat/knowledge.h"
#include "json/json.h"
#include "weighlock/check.h"

namespace weighlock {

// What rules look at of a package; borrowed.
struct RuleInput {
  const JsonValue* config;            // config.json, or null
  const JsonValue* tokenizer_config;  // tokenizer_config.json, or null
  const std::set<std::string, std::less<>>& facts;
  std::string_view package = {};  // its path, which some messages tell
};

// The rules that can hold of a package at all, whatever the target. Borrows them and the package.
class PackageRules {
 public:
  // Those that hold for the target, in their order. A rule whose predicate cannot be decided for
  // want of a version is a kRisk.
  std::vector<CheckFinding> Apply(const Target& target) const;

 private:
  friend class Rules;
  explicit PackageRules(const RuleInput& input) : input_(input) {}

  RuleInput input_;
  std::vector<const JsonValue*> rows_;
};

class Rules {
 public:
  // Those that are built in, of which a run needs a few: a rule is parsed where it can hold, of the
  // others as much as says that they cannot.
  static Rules Builtin();
  // Rules from the text of a file, each looked at whole. kMalformed names the rule.
  static Result<Rules> Parse(Bytes text);

  PackageRules Of(const RuleInput& input) const WL_LIFETIME_BOUND;

 private:
  struct Row {
    std::string_view text;
    std::string_view when;
    mutable std::unique_ptr<JsonValue> whole;  // null: not asked for yet
  };

  static Rules Over(std::string_view text);

  std::unique_ptr<const std::string> own_text_;  // of Parse
  std::vector<Row> rows_;
};

// Whether a predicate of the closed set holds; kUnknown where a version decides that the target
// does not say. Without a target all of them do.
Tri Holds(const JsonValue& predicate, const RuleInput& input, const Target* target);

// The value at a JSON pointer (RFC 6901, without escapes), or null.
const JsonValue* At(const JsonValue* root, std::string_view pointer);

}  // namespace weighlock
