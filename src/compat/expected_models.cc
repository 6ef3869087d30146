// A model is known by its class, and by what the target answers to all that the family asks.
#include "compat/expected_models.h"

namespace weighlock {

const ExpectedModels::Made& ExpectedModels::Find(std::string_view class_name,
                                                 const Target& target) {
  Key key(class_name, families_.Answers(class_name, target));
  auto found = made_.find(key);
  if (found == made_.end()) {
    Made made{families_.Expect(class_name, config_, target), std::nullopt};
    const JsonValue* family = families_.FamilyOf(class_name, config_, target);
    if (family != nullptr) made.fault = FirstSizeFault(*family, config_, target);
    found = made_.emplace(std::move(key), std::move(made)).first;
  }
  return found->second;
}

const ExpectedModel* ExpectedModels::Of(std::string_view class_name, const Target& target) {
  const auto& model = Find(class_name, target).model;
  return model ? &*model : nullptr;
}

const SizeFault* ExpectedModels::SizeFaultOf(std::string_view class_name, const Target& target) {
  const auto& fault = Find(class_name, target).fault;
  return fault ? &*fault : nullptr;
}

}  // namespace weighlock
