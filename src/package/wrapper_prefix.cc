// All names of all files, or none.
#include "package/wrapper_prefix.h"

#include <algorithm>

namespace weighlock {

std::string_view WrapperPrefix(const Package& package, const WeightSet& set) {
  for (const std::string_view prefix : {"module", "_orig_mod"}) {
    const auto has = [&](const Tensor& tensor) {
      return tensor.name.starts_with(prefix) &&
             std::string_view(tensor.name).substr(prefix.size()).starts_with('.');
    };
    size_t tensors = 0;
    const bool all = std::all_of(set.files.begin(), set.files.end(), [&](size_t file) {
      const auto& model = package.artefacts[file].model;
      if (!model) return false;
      tensors += model->tensors.size();
      return std::all_of(model->tensors.begin(), model->tensors.end(), has);
    });
    if (all && tensors > 0) return prefix;
  }
  return {};
}

}  // namespace weighlock
