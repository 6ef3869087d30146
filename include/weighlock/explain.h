// From the text of an error back to its cause, and from a rule's id to what it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weighlock/result.h"
#include "weighlock/target.h"

namespace weighlock {

// Words of a runtime, and which releases use them: "transformers >=4.16.0,<4.41.0"; empty: any.
struct SaidBy {
  std::string releases;
  std::string text;  // with what is filled in as {name}
};

// What helps: "transformers", "4.28.0", "which is the first that knows llama".
struct Remedy {
  std::string component;
  std::string version;  // empty: none is known
  std::string also;     // what there is to say besides; may be empty
};

// A rule as its book has it.
struct RuleText {
  std::string id;                     // "WL-W-001"
  std::string stage;                  // "weights"
  std::vector<std::string> verdicts;  // those that it may give
  std::string text;
  std::vector<SaidBy> messages;
  std::vector<std::string> adaptations;  // "W1"
  std::vector<std::string> failures;     // of the catalogue, that speak of it
  std::string confidence, source;
};

// A failure of the catalogue.
struct FailureText {
  std::string id;     // "E13"
  std::string stage;  // where it is met
  std::string cause, fix;
  std::vector<Remedy> upgrades;  // best first
  std::vector<std::string> adaptations;
  std::vector<std::pair<std::string, std::string>> rules;  // id and text of those that predict it
  std::vector<SaidBy> messages;
  std::string confidence, source;
};

// A failure that a text speaks of. Its messages and rules are those that fit.
struct Explanation {
  FailureText failure;
  std::vector<std::pair<std::string, std::string>> values;  // "model_type", "llama"
  size_t matched = 0;  // letters and digits of its words that stand in the text
  size_t of = 0;       // as many as they have
  // It fits the same words as the one before it: the text alone does not tell which it is.
  bool or_else = false;
  // Its words are Python's own, and nothing in the text says where they come from.
  bool anybodys = false;
};

struct ExplainReport {
  std::vector<Explanation> found;  // the longest match first; empty: nothing is known of the text
  // Where nothing is: what it would mean if it was said while a model was loaded, which the text
  // does not say.
  std::vector<Explanation> guesses;
  // Where nothing is, and a traceback shows that its words were said where no model is loaded: the
  // file that raised them.
  std::string raised_in;
  std::vector<std::string> notes;
};

// No more of a text than this is looked at: its end.
inline constexpr size_t kExplainedBytes = size_t{4} << 20;

// Finds the failures that `text` speaks of, wrapped, coloured, prefixed, cut or quoted as it may
// be. At most kExplainedBytes of it, from its end. Time and memory grow linearly with it. Upgrades
// to what the text says is there already, or `target`, which may be null, are none.
Result<ExplainReport> ExplainMessage(std::string_view text, const Target* target = nullptr);

// A rule of check, or a failure of the catalogue, by its id in any case of letters; nothing where
// there is none.
Result<std::optional<RuleText>> FindCheckRule(std::string_view id);
Result<std::optional<FailureText>> FindFailure(std::string_view id);

// The rules of check, by id and text, whose findings an adaptation ("W1") takes away.
Result<std::vector<std::pair<std::string, std::string>>> RulesMendedBy(std::string_view adaptation);

}  // namespace weighlock
