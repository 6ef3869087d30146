// Two files of weights in one package: which of them is taken changed between releases, and
// nothing is said where they disagree.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "check/situation.h"
#include "package/tensor_samples.h"

namespace weighlock {
namespace {

std::map<std::string_view, PlacedTensor> TensorsOf(const Package& package, const WeightSet& set) {
  std::map<std::string_view, PlacedTensor> tensors;
  for (const size_t file : set.files) {
    if (!package.artefacts[file].model) continue;
    for (const Tensor& tensor : package.artefacts[file].model->tensors) {
      tensors.emplace(tensor.name, PlacedTensor{&tensor, file});
    }
  }
  return tensors;
}

class Comparison {
 public:
  Comparison(const Situation& s, const WeightSet& taken, const WeightSet& other)
      : s_(s), taken_(TensorsOf(s.package(), taken)), other_(TensorsOf(s.package(), other)) {}

  // What differs, in words; empty: nothing that was looked at.
  std::string Difference() const {
    // Tied weights stand once in safetensors and twice in a pickle: a name that one file lacks
    // tells nothing.
    for (const auto& [name, a] : taken_) {
      const auto found = other_.find(name);
      if (found == other_.end()) continue;
      const PlacedTensor& b = found->second;
      if (a.tensor->shape != b.tensor->shape || a.tensor->dtype != b.tensor->dtype) {
        return fmt::format("{} has another shape or dtype", Escape(std::string(name)));
      }
      if (SamplesDiffer(s_.opened, a, b)) {
        return fmt::format("{} has other values", Escape(std::string(name)));
      }
    }
    return {};
  }

 private:
  const Situation& s_;
  const std::map<std::string_view, PlacedTensor> taken_, other_;
};

std::string PathOf(const Package& package, const WeightSet& set) {
  return package.artefacts[set.index.value_or(set.files[0])].path;
}

// Whether the release that wrote config.json prefers the same file as the target does.
bool IsTheWriters(const Situation& s, const WeightSet& taken) {
  const auto version = Version::Parse(s.files.ConfigText("transformers_version"));
  const VersionSpec* safe = KnownSpec(">=4.30.0");
  return version && safe && safe->Contains(*version) != IsPickled(taken.format);
}

}  // namespace

std::vector<CheckFinding> JudgeOtherWeights(const Situation& s, const WeightSet& taken) {
  std::vector<CheckFinding> findings;
  const std::string path = PathOf(s.package(), taken);
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  for (const WeightSet& other : s.package().weights) {
    const std::string other_path = PathOf(s.package(), other);
    if (&other == &taken || other_path.substr(0, other_path.rfind('/') + 1) != folder ||
        (other.stem != "model" && other.stem != "pytorch_model")) {
      continue;
    }
    const std::string difference = Comparison(s, taken, other).Difference();
    if (difference.empty()) continue;
    CheckFinding finding;
    finding.verdict = IsTheWriters(s, taken) ? Verdict::kOk : Verdict::kDiffers;
    finding.rule = "WL-W-050";
    finding.stage = Stage::kWeights;
    finding.text = fmt::format("the target takes {}, and {} beside it disagrees: {}{}",
                               Escape(path), Escape(other_path), difference,
                               finding.verdict == Verdict::kOk
                                   ? "; the release that wrote config.json takes the same file"
                                   : "; other releases take that one, and nothing is said");
    finding.path = path;
    finding.source = "transformers 4.23 and later take safetensors first (PR 19175)";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace weighlock
