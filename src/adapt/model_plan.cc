// The model type against the releases, and the first release that takes the package as it is.
#include "adapt/model_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace weighlock {
namespace {

// Whether a set of the package's weights is read by the target with this transformers.
bool ReadsWeights(const Package& package, const Target& target, const Version& transformers,
                  const Knowledge& knowledge) {
  Target changed = target;
  changed.components["transformers"] = {transformers, /*absent=*/false};
  return std::any_of(package.weights.begin(), package.weights.end(), [&](const WeightSet& set) {
    return set.complete &&
           knowledge.JudgeWeights(set.format, set.stem, set.sharded(), changed).readable ==
               Tri::kYes;
  });
}

// ", which wants Python >=3.8.0, tokenizers <0.19,>=0.14"
std::string Wants(const Release& release) {
  std::string text = fmt::format(", which wants Python {}", release.python);
  for (const auto& [name, versions] : release.wants) {
    // torch is the target's own choice; numpy's bound says little.
    if (versions.empty() || name == "torch" || name == "numpy") continue;
    text += fmt::format(", {} {}", name, versions);
  }
  return text;
}

}  // namespace

std::optional<Diagnosis> JudgeModel(const Package& package, const Target& target,
                                    const Knowledge& knowledge, const Releases& releases) {
  const ConfigFacts* config = ModelConfig(package);
  const Component* transformers = target.Find("transformers");
  if (config == nullptr || config->model_type.empty() || config->brings_code) return std::nullopt;
  const std::string& type = config->model_type;
  // What is adapted for a range must load in every release of it.
  if (transformers != nullptr && !transformers->version && transformers->range) {
    for (const Release& release : releases.all()) {
      if (!transformers->range->Contains(release.version) ||
          releases.KnowsModelType(type, release.version) != Tri::kNo) {
        continue;
      }
      Target oldest = target;
      oldest.components["transformers"] = {release.version, /*absent=*/false};
      return JudgeModel(package, oldest, knowledge, releases);
    }
  }
  if (transformers == nullptr || !transformers->version) return std::nullopt;
  const Version& now = *transformers->version;
  if (releases.KnowsModelType(type, now) != Tri::kNo) return std::nullopt;

  Diagnosis diagnosis;
  diagnosis.verdict = Verdict::kFail;
  diagnosis.rule = "WL-C-001";
  diagnosis.text =
      fmt::format("transformers {} does not know the model type {}", now.text(), Quote(type));
  diagnosis.message = knowledge.UnknownModelTypeMessage(target, type);
  const auto knows = [&](const Release& release) {
    return releases.KnowsModelType(type, release.version) == Tri::kYes;
  };
  // A key that a release does not have is ignored there, and the model is another one.
  const auto knows_keys = [&](const Release& release) {
    return knows(release) &&
           std::all_of(config->keys.begin(), config->keys.end(), [&](const std::string& key) {
             return releases.HasConfigKey(type, key, release.version);
           });
  };
  const Release* first = releases.FirstFrom(now, knows);
  const bool keys_matter = releases.FirstFrom(now, knows_keys) != nullptr;
  const auto suits = [&](const Release& release) {
    return keys_matter ? knows_keys(release) : knows(release);
  };
  const Release* knowing = releases.FirstFrom(now, suits);
  const Release* reading = releases.FirstFrom(now, [&](const Release& release) {
    return suits(release) && ReadsWeights(package, target, release.version, knowledge);
  });
  const std::string_view all_of_it = keys_matter ? " and every key of its configuration" : "";
  if (reading != nullptr) {
    diagnosis.upgrades.push_back(
        fmt::format("transformers {} knows it{}, and reads these weights as they are{}",
                    reading->version.text(), all_of_it, Wants(*reading)));
  }
  if (knowing != nullptr && knowing != reading) {
    diagnosis.upgrades.push_back(
        fmt::format("transformers {} knows it{}, and reads these weights once they are adapted{}",
                    knowing->version.text(), all_of_it, Wants(*knowing)));
  }
  if (first != nullptr && first != knowing && first != reading) {
    diagnosis.text +=
        fmt::format(" (the first that does is {}, without all of its keys)", first->version.text());
  }
  if (knowing == nullptr) {
    diagnosis.text += fmt::format(", nor does any later one up to {}", releases.through().text());
  }
  return diagnosis;
}

}  // namespace weighlock
