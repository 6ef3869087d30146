// The catalogue of failures (kb/failures.json) and the book of rules (kb/rules.json,
// kb/check.json), their messages gathered from where check has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "weighlock/explain.h"

namespace weighlock {

// Whose words a message is made of.
enum class Whose : uint8_t {
  kOurs,      // of those that load models, and nobody else
  kOften,     // Python's own; alone, they mostly are of a model that is loaded
  kAnybodys,  // Python's own; they say something only where a model is loaded
};

// A slot of a message, and what may fill it: patterns of the shell.
struct SlotWords {
  std::string slot;
  std::vector<std::string> patterns;
};

// A message of a failure, and what is particular to it.
struct CatalogueMessage {
  SaidBy said;
  Whose whose = Whose::kOurs;
  std::vector<std::string> rules;    // ids of those that predict it
  std::vector<std::string> near;     // what may stand around it in a traceback
  std::vector<std::string> with;     // what must stand in it: its other words are everybody's
  std::vector<std::string> spelled;  // what must stand in it so, with its marks
  std::vector<SlotWords> slots;      // what fills them must fit
};

// An upgrade that hangs on what fills a slot of the message: the first release that knows it.
struct FirstKnown {
  std::string component;
  std::string table;  // "model_type", "activation", "tokenizer_class", "quantization", "peft_type"
  std::string slot;   // "model_type": of the message
};

struct CatalogueFailure {
  FailureText text;  // its messages are those below, its rules those of all of them
  std::vector<CatalogueMessage> messages;
  std::vector<FirstKnown> first_known;
};

class MessageSource;

class Catalogue {
 public:
  // What is built in.
  static Result<Catalogue> Builtin();
  // A catalogue from the texts of its files. kMalformed names the entry.
  static Result<Catalogue> Parse(std::string_view failures, std::string_view rules,
                                 std::string_view check_rules);

  const std::vector<CatalogueFailure>& failures() const WL_LIFETIME_BOUND { return failures_; }
  // Where in a traceback a model is loaded: parts of paths and of code.
  const std::vector<std::string>& loaders() const WL_LIFETIME_BOUND { return loaders_; }
  // Where in the same files something else is done.
  const std::vector<std::string>& elsewhere() const WL_LIFETIME_BOUND { return elsewhere_; }
  // Ordered by id, with the messages of the failures that name them.
  const std::vector<RuleText>& rules() const WL_LIFETIME_BOUND { return rules_; }
  // The rule of an id, or null.
  const RuleText* FindRule(std::string_view id) const WL_LIFETIME_BOUND;

 private:
  Status ReadRules(const JsonValue& root);
  Status ReadFailure(const JsonValue& row, const MessageSource& source);
  void LinkRules();

  Status ReadPlaces(const JsonValue& root);
  Whose WhoseIs(const std::string& message) const;

  std::vector<std::string> anybodys_, often_;  // with {} for each of their holes
  std::vector<std::string> loaders_, elsewhere_;
  std::vector<CatalogueFailure> failures_;
  std::vector<RuleText> rules_;
};

}  // namespace weighlock
