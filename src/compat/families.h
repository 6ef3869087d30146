// Which parameters a model of a well-known family has, told by its configuration alone
// (kb/families.json; docs/knowledge.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "json/json_table.h"
#include "weighlock/result.h"
#include "weighlock/target.h"

namespace weighlock {

struct ExpectedParameter {
  std::string name;             // as in state_dict: "bert.encoder.layer.0.output.dense.weight"
  std::vector<uint64_t> shape;  // in elements
  std::string module;           // the class that holds it: "Linear", "LlamaRMSNorm"
  // It is there only because a key of the configuration says so.
  bool conditional = false;
  // A buffer: made anew where it is missing, but a saved one must have its shape.
  bool is_buffer = false;
  // Another name of a parameter: it may be missing, but what is saved under it must have its shape.
  bool is_alias = false;
};

struct ExpectedModel {
  std::string class_name;
  // What names in the class's own state_dict begin with where it is a model with a head, and what
  // those of the bare model lack: "bert". The bare model itself: is_bare.
  std::string prefix;
  bool is_bare = false;
  std::vector<ExpectedParameter> parameters;  // in the order of state_dict
  // Names that stand for one tensor: the first may be missing where the second is there, and the
  // other way round.
  std::vector<std::pair<std::string, std::string>> tied;
  // Ends of names that are no parameters: buffers that some releases save and all make anew.
  std::vector<std::string> buffers;
  // Parts of names that the target knows under others, to be replaced in this order.
  std::vector<std::pair<std::string, std::string>> renamed;
  // What is saved of a mixture's experts one by one and becomes one parameter of them all: the
  // names' ends behind "experts.N", in the order in which they are joined, and the parameter's.
  std::vector<std::pair<std::string, std::string>> stacked;
};

class Families {
 public:
  static Result<Families> Builtin();
  // Borrows the text, of which only the families that have a class are parsed when it is asked for.
  // kMalformed: not the form that docs/knowledge.md describes.
  static Result<Families> Parse(std::string_view text);

  // The model that the target's transformers makes of `config` in a class of the base; empty: the
  // class is in no family, or the configuration has values with which nothing can be made.
  // O(parameters), which are bounded.
  std::optional<ExpectedModel> Expect(std::string_view class_name, const JsonValue& config,
                                      const Target& target) const;

  // The family that makes a class of the base of `config`; null: none.
  const JsonValue* FamilyOf(std::string_view class_name, const JsonValue& config,
                            const Target& target) const;

  // How the target answers all that the families of a class ask of it: two targets that answer
  // alike make the same model of the same configuration.
  std::vector<Overlap> Answers(std::string_view class_name, const Target& target) const;

 private:
  // What a family asks of a target: a component, and a spec of its versions.
  using Question = std::pair<std::string, const VersionSpec*>;
  struct OfClass {
    std::vector<const JsonValue*> families;  // those that have it, in the order of the table
    std::vector<Question> questions;
  };
  const OfClass& Having(std::string_view class_name) const;
  static void CollectQuestions(const JsonValue& value, std::vector<Question>& questions);

  JsonTable table_;
  mutable std::map<std::string, OfClass, std::less<>> classes_;  // that were asked for
};

}  // namespace weighlock
