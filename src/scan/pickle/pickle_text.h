// Values of a pickle as people read them: short, escaped, never more than a line.
#pragma once

#include <string>
#include <vector>

#include "pickle/pickle.h"

namespace weighlock::scan {

// The value as Python would print it, cut at some two hundred characters and four levels.
std::string Repr(const pickle::PickleGraph& graph, pickle::ValueId id);

// "os.system" as the stream has it; "a computed name" where it makes it at run time. Escaped.
std::string ImportText(const pickle::PickleGraph& graph, pickle::ValueId global);

// Where values stand in what the stream returns: "root['state_dict'][0]". Built once, in one walk
// over the whole graph; a value that stands in several places has the first.
class ObjectPaths {
 public:
  explicit ObjectPaths(const pickle::Pickle& pickle);
  // Empty where the value is no part of the root.
  std::string PathOf(pickle::ValueId id) const;

 private:
  struct Step {
    pickle::ValueId parent = pickle::kNoValue;
    uint32_t index = 0;  // of an item, in items(); see kind
    enum class Kind : uint8_t {
      kNone,
      kItem,
      kValue,
      kCallee,
      kArgument,
      kState,
      kAdded
    } kind = Kind::kNone;
  };
  void Visit(pickle::ValueId parent, pickle::ValueId child, uint32_t index, Step::Kind kind,
             std::vector<pickle::ValueId>& waiting);
  void VisitParts(pickle::ValueId id, std::vector<pickle::ValueId>& waiting);
  std::string StepText(const Step& step) const;

  const pickle::PickleGraph& graph_;
  pickle::ValueId root_;
  std::vector<Step> steps_;
};

}  // namespace weighlock::scan
