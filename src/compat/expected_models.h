// The models that releases make of one configuration. Most releases make the same one, which is
// made once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compat/families.h"
#include "compat/size_faults.h"

namespace weighlock {

class ExpectedModels {
 public:
  // Both borrowed.
  ExpectedModels(const Families& families, const JsonValue& config)
      : families_(families), config_(config) {}

  // As Families::Expect; null: no such model. The answer stays where it is. O(conditions of the
  // class's family) where a target that answers them alike was asked for before.
  const ExpectedModel* Of(std::string_view class_name, const Target& target);
  // As FirstSizeFault in the class's family; null: none, or no such family. The same holds.
  const SizeFault* SizeFaultOf(std::string_view class_name, const Target& target);

 private:
  using Key = std::pair<std::string, std::vector<Overlap>>;
  struct Made {
    std::optional<ExpectedModel> model;
    std::optional<SizeFault> fault;
  };

  const Made& Find(std::string_view class_name, const Target& target);

  const Families& families_;
  const JsonValue& config_;
  std::map<Key, Made> made_;
};

}  // namespace weighlock
