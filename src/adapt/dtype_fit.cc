// What is written for a range of releases must load in every one of them.
#include "adapt/dtype_fit.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/escape.h"

namespace weighlock {
namespace {

std::string Has(const Component& component) {
  return component.version ? "the target has " + component.version->text()
                           : fmt::format("the target says {}", Quote(component.range->text()));
}

bool SaysWhich(const Component* component) {
  return component != nullptr && !component->absent && (component->version || component->range);
}

// The versions of a library that the target may have, as far as its table speaks of them.
std::vector<Version> VersionsOf(const Component& component, const LibraryAnswers& table) {
  if (component.version) return {*component.version};
  return table.Within(*component.range);
}

}  // namespace

std::string WhyDTypeMisfits(DType dtype, WeightsForm form, const Target& target,
                            const LibraryAnswers& safetensors) {
  const DTypeInfo& info = Info(dtype);
  const Component* torch = target.Find("torch");
  if (SaysWhich(torch) && !info.torch_since.empty()) {
    const auto enough = VersionSpec::Parse(fmt::format(">={}", info.torch_since));
    if (enough && torch->Within(*enough) != Overlap::kAll) {
      return fmt::format("loads from torch {} on, {}", info.torch_since, Has(*torch));
    }
  }
  const Component* library = target.Find("safetensors");
  if (form != WeightsForm::kSafetensors || !SaysWhich(library)) return {};
  const std::string name = fmt::format("dtype {}", info.safetensors);
  for (const Version& version : VersionsOf(*library, safetensors)) {
    const std::string_view answer = safetensors.Answer(name, version);
    if (answer.empty() || answer == "reads") continue;
    return fmt::format("is not read by safetensors {}, {}", version.text(), Has(*library));
  }
  return {};
}

Status RefuseMisfits(const std::vector<Tensor>& tensors, WeightsForm form, const Target& target,
                     const std::string& path) {
  WL_TRY(const LibraryAnswers safetensors, LibraryAnswers::Safetensors());
  std::array<std::optional<std::string>, kDTypeCount> reasons;  // each dtype is judged once
  for (const Tensor& tensor : tensors) {
    auto& why = reasons[static_cast<size_t>(tensor.dtype)];
    if (!why) why = WhyDTypeMisfits(tensor.dtype, form, target, safetensors);
    if (why->empty()) continue;
    return Error(Code::kUnsupported,
                 fmt::format("tensor {}: {} {}", Quote(tensor.name), Info(tensor.dtype).name, *why),
                 kNoOffset, path);
  }
  return {};
}

}  // namespace weighlock
