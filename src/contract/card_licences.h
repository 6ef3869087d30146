// The licences that a model's card names in its front matter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

// "mit" of "license: mit", each of a list ("license: [mit, apache-2.0]", or one in each line), and
// license_name where the licence is "other". Empty: the card names none. Linear.
std::vector<std::string> CardLicences(std::string_view card);

}  // namespace weighlock
