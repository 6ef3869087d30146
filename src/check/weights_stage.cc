// AutoModel.from_pretrained: which file it takes, whether it can read it, and what it makes of it.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {
namespace {

CheckFinding WeightsFinding(Verdict verdict, std::string rule, std::string text, std::string path) {
  CheckFinding finding;
  finding.verdict = verdict;
  finding.rule = std::move(rule);
  finding.stage = Stage::kWeights;
  finding.text = std::move(text);
  finding.path = std::move(path);
  return finding;
}

class WeightsStage {
 public:
  explicit WeightsStage(const Situation& s) : s_(s) {}

  std::vector<CheckFinding> Run() {
    const std::vector<const WeightSet*> sets = Candidates();
    if (const std::string damaged = Damaged(); !damaged.empty()) {
      JudgeDamaged(damaged);
      return std::move(findings_);
    }
    if (sets.empty()) {
      Missing("the model's folder holds no weights under a name that is looked for", "");
      return std::move(findings_);
    }
    for (const WeightSet* set : sets) {
      const WeightsVerdict verdict = Verdict_(*set);
      if (verdict.readable == Tri::kNo) continue;
      if (verdict.readable == Tri::kUnknown) {
        Add(Verdict::kRisk, verdict.rule, "the target does not say whether it reads", *set);
        findings_.back().source = verdict.source;
        return std::move(findings_);
      }
      JudgeTaken(*set);
      return std::move(findings_);
    }
    Unreadable(*sets[0]);
    return std::move(findings_);
  }

 private:
  const Package& package() const { return s_.package(); }

  std::string PathOf(const WeightSet& set) const {
    return package().artefacts[set.index.value_or(set.files[0])].path;
  }

  WeightsVerdict Verdict_(const WeightSet& set) const {
    return s_.base.knowledge.JudgeWeights(set.format, set.stem, set.sharded(), s_.target);
  }

  void Add(Verdict verdict, std::string rule, std::string_view what, const WeightSet& set) {
    findings_.push_back(WeightsFinding(
        verdict, std::move(rule), fmt::format("{} {}", what, Escape(PathOf(set))), PathOf(set)));
  }

  // The sets that are looked for, in the order in which they are: safetensors first, single files
  // before shards. Of a package that is one file, that file under whatever name.
  std::vector<const WeightSet*> Candidates() const {
    std::vector<const WeightSet*> sets;
    for (const WeightSet& set : package().weights) {
      const std::string path = PathOf(set);
      const bool in_root = path.substr(0, path.rfind('/') + 1) == s_.files.root;
      const bool named =
          set.stem == "model" || set.stem == "pytorch_model" || set.stem == "adapter_model";
      if (in_root && named) sets.push_back(&set);
    }
    std::stable_sort(sets.begin(), sets.end(), [](const WeightSet* a, const WeightSet* b) {
      return std::pair(IsPickled(a->format), a->sharded()) <
             std::pair(IsPickled(b->format), b->sharded());
    });
    return sets;
  }

  void Missing(std::string text, const std::string& path) {
    CheckFinding finding = WeightsFinding(Verdict::kFail, "WL-W-010", std::move(text), path);
    finding.message = s_.base.knowledge.MissingWeightsMessage(s_.target, package().path);
    findings_.push_back(std::move(finding));
  }

  // No set can be read. What is said is of the first that is found at all.
  void Unreadable(const WeightSet& set) {
    const Knowledge& knowledge = s_.base.knowledge;
    const WeightsVerdict verdict = Verdict_(set);
    Add(Verdict::kFail, verdict.rule, "the target does not read", set);
    CheckFinding& finding = findings_.back();
    finding.source = verdict.source;
    for (const Upgrade& upgrade : verdict.upgrades) {
      // What a newer transformers does is tried, release by release.
      if (upgrade.component == "transformers" || !upgrade.also.empty()) continue;
      finding.removed_by = {upgrade.component, upgrade.to.text()};
    }
    const std::string refused = knowledge.RefusedPickleMessage(s_.target);
    const bool found = IsPickled(set.format) && !(set.sharded() && s_.TransformersIs("<4.18.0"));
    if (found && verdict.rule == "WL-W-011") {
      finding.message = knowledge.Message(
          "unreadable_checkpoint", s_.target,
          {{"{package}", package().path}, {"{file}", package().path + "/" + PathOf(set)}});
    } else if (found && !refused.empty()) {
      finding.message = refused;
    } else {
      finding.message = knowledge.MissingWeightsMessage(s_.target, package().path);
    }
    finding.adaptations = {set.sharded() && IsPickled(set.format)      ? "W2"
                           : IsPickled(set.format) && !refused.empty() ? "W3"
                                                                       : "W1"};
  }

  // The file that the target would take, where it could not be read here; else "". What is found
  // first is taken, readable or not.
  std::string Damaged() const {
    const auto reads = [&](Format format, std::string_view stem) {
      return s_.base.knowledge.JudgeWeights(format, stem, false, s_.target).readable == Tri::kYes;
    };
    for (const auto& [name, format, stem] :
         {std::tuple{"model.safetensors", Format::kSafetensors, "model"},
          std::tuple{"pytorch_model.bin", Format::kTorchLegacy, "pytorch_model"}}) {
      if (!s_.files.names.contains(name) || !reads(format, stem)) continue;
      const std::string path = s_.files.root + name;
      const auto& artefacts = package().artefacts;
      const auto found = std::find_if(artefacts.begin(), artefacts.end(),
                                      [&](const Artefact& a) { return a.path == path; });
      return found != artefacts.end() && !found->model ? path : std::string();
    }
    return {};
  }

  void JudgeDamaged(const std::string& path) {
    CheckFinding finding =
        WeightsFinding(Verdict::kFail, "WL-W-020",
                       fmt::format("{} is damaged, or not what its name says", Escape(path)), path);
    for (const weighlock::Finding& fact : package().findings) {
      if (fact.severity == Severity::kError && (fact.path == path || path.ends_with(".json"))) {
        finding.text += ": " + fact.text;
        break;
      }
    }
    finding.message = DamagedWeightsMessage(s_, path);
    findings_.push_back(std::move(finding));
  }

  void JudgeTaken(const WeightSet& set) {
    if (!set.complete) return JudgeDamaged(PathOf(set));
    JudgeFormatMetadata(set);
    JudgeActivation();
    if (JudgePrefix(set)) return;
    for (CheckFinding& finding : JudgeModelWeights(s_, set))
      findings_.push_back(std::move(finding));
  }

  const std::vector<Tensor>& TensorsOf(size_t file) const {
    return package().artefacts[file].model->tensors;
  }

  // transformers of 4.23 to 4.57 want to know which framework wrote a safetensors file.
  void JudgeFormatMetadata(const WeightSet& set) {
    if (set.format != Format::kSafetensors || !s_.TransformersIs(">=4.23.0,<5.0.0")) return;
    const Artefact& file = package().artefacts[set.files[0]];
    const auto& metadata = file.model->metadata;
    const auto format = std::find_if(metadata.begin(), metadata.end(),
                                     [](const auto& pair) { return pair.first == "format"; });
    const std::string value = format == metadata.end() ? "None" : format->second;
    const bool foreign = value == "tf" || value == "flax";
    const bool known =
        value == "pt" || foreign || (value == "mlx" && s_.TransformersIs(">=4.39.0"));
    if (known && (!foreign || s_.TransformersIs(">=4.35.0"))) return;
    if (!file.model->has_metadata && s_.TransformersIs(">=4.48.0")) return;
    Add(Verdict::kFail, "WL-W-004",
        foreign                    ? "the target reads no safetensors written by another framework:"
        : format == metadata.end() ? "the target wants format in the metadata of"
                                   : "the target does not know the format in the metadata of",
        set);
    CheckFinding& finding = findings_.back();
    finding.adaptations = {"W4"};
    finding.source =
        "modeling_utils.py of transformers 4.26.1, 4.30.2, 4.35.2, 4.45.2, 4.48.3, 4.52.4";
    const char* table = foreign                     ? "foreign_format"
                        : !file.model->has_metadata ? "no_metadata"
                        : set.sharded()             ? "no_format_shard"
                                                    : "no_format";
    const std::string path = package().path + "/" + file.path;
    finding.message =
        s_.base.knowledge.Message(table, s_.target, {{"{file}", path}, {"{format}", value}});
  }

  void JudgeActivation() {
    const JsonValue* config = s_.files.config.get();
    if (config == nullptr || s_.transformers() == nullptr) return;
    for (const char* key : {"hidden_act", "activation_function", "hidden_activation"}) {
      const std::string* name = config->FindString(key);
      if (name == nullptr) continue;
      if (s_.base.releases.HasActivation(*name, *s_.transformers()) != Tri::kNo) continue;
      CheckFinding finding =
          WeightsFinding(Verdict::kFail, "WL-C-030",
                         fmt::format("transformers {} has no activation function {}",
                                     s_.transformers()->text(), Quote(*name)),
                         s_.files.config.path);
      finding.message = fmt::format("KeyError: '{}'", *name);
      finding.pointer = std::string("/") + key;
      finding.source = "activations.py of each release, read from its wheel (kb/transformers.json)";
      findings_.push_back(std::move(finding));
    }
  }

  // Names that wrappers of training have left: nothing is found under the names that are wanted.
  bool JudgePrefix(const WeightSet& set) {
    for (const char* prefix : {"module.", "_orig_mod."}) {
      bool all = true;
      for (const size_t file : set.files) {
        for (const Tensor& tensor : TensorsOf(file)) all &= tensor.name.starts_with(prefix);
      }
      if (!all || TensorsOf(set.files[0]).empty()) continue;
      Add(Verdict::kDiffers, "WL-W-031",
          fmt::format(
              "every name begins with {}: the model is left as it was initialised, at random, "
              "with no more than a warning;",
              Quote(prefix)),
          set);
      findings_.back().adaptations = {"W6"};
      findings_.back().source = "transformers 28041; PyTorch 101107";
      return true;
    }
    return false;
  }

  const Situation& s_;
  std::vector<CheckFinding> findings_;
};

}  // namespace

std::vector<CheckFinding> JudgeWeights(const Situation& situation) {
  if (situation.transformers() == nullptr && situation.target.Find("peft") == nullptr) return {};
  return WeightsStage(situation).Run();
}

}  // namespace weighlock
