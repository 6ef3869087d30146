// A model is known by its class, and by what the target answers to all that the family asks.
#include "compat/expected_models.h"

namespace weighlock {

const ExpectedModel* ExpectedModels::Of(std::string_view class_name, const Target& target) {
  Key key(class_name, families_.Answers(class_name, target));
  auto found = made_.find(key);
  if (found == made_.end()) {
    auto model = families_.Expect(class_name, config_, target);
    found = made_.emplace(std::move(key), std::move(model)).first;
  }
  return found->second ? &*found->second : nullptr;
}

}  // namespace weighlock
