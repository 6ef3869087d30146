// All names of all files, or none; and again behind what was found.
#include "package/wrapper_prefix.h"

#include <algorithm>
#include <string_view>

namespace weighlock {
namespace {

bool AllBeginWith(const Package& package, const WeightSet& set, const std::string& prefix) {
  size_t tensors = 0;
  const bool all = std::all_of(set.files.begin(), set.files.end(), [&](size_t file) {
    const auto& model = package.artefacts[file].model;
    if (!model) return false;
    tensors += model->tensors.size();
    return std::all_of(model->tensors.begin(), model->tensors.end(),
                       [&](const Tensor& tensor) { return tensor.name.starts_with(prefix); });
  });
  return all && tensors > 0;
}

}  // namespace

std::string WrapperPrefix(const Package& package, const WeightSet& set) {
  constexpr std::string_view kWrappers[] = {"module.", "_orig_mod."};
  constexpr int kMost = 4;  // of them around each other
  std::string prefix;
  for (int depth = 0; depth < kMost; ++depth) {
    const auto* const found =
        std::find_if(std::begin(kWrappers), std::end(kWrappers), [&](std::string_view wrapper) {
          return AllBeginWith(package, set, prefix + std::string(wrapper));
        });
    if (found == std::end(kWrappers)) break;
    prefix += *found;
  }
  return prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1);
}

}  // namespace weighlock
