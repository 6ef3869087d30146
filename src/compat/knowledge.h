// The knowledge base: which runtimes read which weights, as data (kb/*.json) and a closed set of
// predicates that this file evaluates.
//
// A predicate is an object: {"target": C, "spec": ">=1.2"} (C is there in such a version),
// {"target": C, "present": true}, {"any": [...]}, {"all": [...]}. What a target does not say makes
// an answer unknown, never yes or no.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "json/json.h"
#include "weighlock/package.h"
#include "weighlock/target.h"

namespace weighlock {

enum class Tri : uint8_t { kNo, kUnknown, kYes };
inline Tri TriOf(Overlap overlap) {
  if (overlap == Overlap::kSome) return Tri::kUnknown;
  return overlap == Overlap::kAll ? Tri::kYes : Tri::kNo;
}

// A change of the target after which it reads the weights: "transformers 4.23.0 with ...".
struct Upgrade {
  std::string component;
  Version to;
  std::string also;  // what must hold besides, in words; empty: nothing
};

// Whether a target reads weights of one kind, and what to do where it does not.
struct WeightsVerdict {
  Tri readable = Tri::kUnknown;
  std::string rule;               // "WL-W-001"; empty where the base knows nothing of such weights
  std::vector<Upgrade> upgrades;  // those that the target has not reached, best first
  std::string source;
};

class Knowledge {
 public:
  // The base that is built in.
  static Result<Knowledge> Builtin();
  // The one of the file at `path`, or where that is empty the one that is built in.
  static Result<Knowledge> Read(const std::string& path, const Limits& limits);
  // A base from the text of a file. kMalformed names the entry.
  static Result<Knowledge> Parse(Bytes text);

  // `format` as of WeightSet; the torch formats differ only in the container that must be read.
  WeightsVerdict JudgeWeights(Format format, std::string_view stem, bool sharded,
                              const Target& target) const;

  // Whether the target's torch reads a container, "zip" or "legacy".
  Tri ReadsContainer(std::string_view container, const Target& target) const;

  // What transformers says where it finds no weights that it knows, or refuses pickles; empty
  // where the target's version is unknown or the base has no words for it.
  std::string MissingWeightsMessage(const Target& target, std::string_view package) const;
  std::string RefusedPickleMessage(const Target& target) const;
  std::string UnknownModelTypeMessage(const Target& target, std::string_view model_type) const;
  // The words of a table of the base ("missing_model_type", "broken_config", ...) for the target's
  // transformers, with values in their slots; empty where there are none.
  using Slots = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  std::string Message(std::string_view table, const Target& target, Slots slots) const;

  // The rows of such a table, {"spec", "text"}, or null.
  const JsonValue* MessageTable(std::string_view table) const WL_LIFETIME_BOUND {
    return root_.Find(table);
  }

 private:
  Tri Evaluate(const JsonValue& predicate, const Target& target) const;
  Tri Present(std::string_view component, const Target& target) const;
  WeightsVerdict Judge(const JsonValue& row, const Target& target) const;
  const JsonValue* Container(std::string_view name) const;
  const std::string* MessageFor(std::string_view table, const Target& target) const;

  JsonValue root_;
};

}  // namespace weighlock
