// What could be done to a package, by its short name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weighlock {

// What there is to know of one, for who asks by its name.
struct AdaptationPage {
  std::string id, text;
  std::vector<std::pair<std::string, std::string>> rules;  // whose findings it takes away
};

// The page of "W1", its rules still to be filled in; nothing: there is no such adaptation.
std::optional<AdaptationPage> FindAdaptation(std::string_view id);

// "W1, the weights as one pytorch_model.bin".
std::string AdaptationText(std::string_view id);

}  // namespace weighlock
