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

namespace weighlock {

class ExpectedModels {
 public:
  // Both borrowed.
  ExpectedModels(const Families& families, const JsonValue& config)
      : families_(families), config_(config) {}

  // As Families::Expect; null: no such model. The answer stays where it is. O(conditions of the
  // class's family) where a target that answers them alike was asked for before.
  const ExpectedModel* Of(std::string_view class_name, const Target& target);

 private:
  using Key = std::pair<std::string, std::vector<Overlap>>;

  const Families& families_;
  const JsonValue& config_;
  std::map<Key, std::optional<ExpectedModel>> made_;
};

}  // namespace weighlock
