// AutoModel.from_pretrained: which file it takes, and whether it can read it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/packaging.h"
#include "check/situation.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

// The target's torch takes no safetensors.
constexpr std::string_view kOldTorch = "WL-W-014";

// A name under which weights are looked for, and what lies there.
struct Candidate {
  std::string name;  // in the model's folder
  Format format;
  std::string stem;
  bool sharded;
  const WeightSet* set = nullptr;  // null: the file could not be read at all
};

// Whether the package has a class of its own for the Auto class that is asked, which looks for
// itself; which one that is, the package's own class need not tell.
bool BringsModelClass(const Situation& s) {
  const JsonValue* config = s.files.config.get();
  const JsonValue* code = config == nullptr ? nullptr : config->Find("auto_map");
  if (code == nullptr) return false;
  const std::string named = NamedArchitecture(s);
  const bool is_own =
      s.base.releases.IsOfModelType(named, s.files.ConfigText("model_type")) != Tri::kYes;
  return std::any_of(code->members.begin(), code->members.end(), [&](const JsonMember& m) {
    return is_own ? m.name.starts_with("AutoModel") : m.name == AutoClassOf(named);
  });
}

// Code that the target is told to trust decides what becomes of the weights, and of what is asked.
void JudgeTrustedModel(const Situation& s, std::vector<CheckFinding>& findings) {
  if (!s.trusts_code || !BringsModelClass(s)) return;
  for (const Stage stage : {Stage::kWeights, Stage::kForward}) {
    findings.push_back(MakeFinding(stage, Verdict::kRisk, "WL-W-006",
                                   "the package brings a model class of its own, which the target "
                                   "is told to trust: what that code does is not judged",
                                   s.files.config.path));
    findings.back().pointer = "/auto_map";
  }
}

class WeightsStage {
 public:
  explicit WeightsStage(const Situation& s) : s_(s) {}

  std::vector<CheckFinding> Run() {
    if (BringsUntrustedCode()) return std::move(findings_);
    const std::vector<Candidate> candidates = Candidates();
    const Candidate* passed_over = nullptr;
    for (const Candidate& candidate : candidates) {
      const WeightsVerdict verdict = VerdictOn(candidate);
      // Servers bring what reads either.
      if (verdict.readable == Tri::kYes || TakesFolder(s_.target.platform)) {
        JudgeTaken(candidate);
        return std::move(findings_);
      }
      if (verdict.readable == Tri::kUnknown) {
        Add(Verdict::kRisk, verdict.rule, "the target does not say whether it reads",
            PathOf(candidate));
        findings_.back().source = verdict.source;
        return std::move(findings_);
      }
      if (IsLookedFor(candidate)) {
        Unreadable(candidate);
        return std::move(findings_);
      }
      if (passed_over == nullptr) passed_over = &candidate;
    }
    if (const WeightSet* set = TakenByEnding()) {
      findings_ = JudgeTakenWeights(s_, *set);
    } else if (passed_over != nullptr) {
      Unreadable(*passed_over);
    } else {
      Missing();
    }
    return std::move(findings_);
  }

 private:
  const Package& package() const { return s_.package(); }

  std::string PathOf(const Candidate& candidate) const { return s_.files.root + candidate.name; }

  // TGI and vLLM read shards at the top that no index lists as well.
  const WeightSet* TakenByEnding() const {
    const Platform platform = s_.target.platform;
    if (platform != Platform::kTgi && platform != Platform::kVllm) return nullptr;
    for (const WeightSet& set : package().weights) {
      const std::string& path = package().artefacts[set.files[0]].path;
      const bool is_at_top = path.substr(0, path.rfind('/') + 1) == s_.files.root;
      if (set.complete && is_at_top && IsUnlisted(package(), set)) return &set;
    }
    return nullptr;
  }

  WeightsVerdict VerdictOn(const Candidate& candidate) const {
    return s_.base.knowledge.JudgeWeights(candidate.format, candidate.stem, candidate.sharded,
                                          s_.target);
  }

  void Add(Verdict verdict, std::string rule, std::string_view what, const std::string& path) {
    findings_.push_back(MakeFinding(Stage::kWeights, verdict, std::move(rule),
                                    fmt::format("{} {}", what, Escape(path)), path));
  }

  const WeightSet* SetOf(const std::string& path) const {
    for (const WeightSet& set : package().weights) {
      if (package().artefacts[set.index.value_or(set.files[0])].path == path) return &set;
    }
    return nullptr;
  }

  // The names that are looked for and are there, in the order in which they are: safetensors
  // first, single files before shards. Of a package that is one file, that file under any name.
  std::vector<Candidate> Candidates() const {
    std::vector<Candidate> candidates;
    if (package().kind == PackageKind::kFile) {
      for (const WeightSet& set : package().weights) {
        const std::string& path = package().artefacts[set.index.value_or(set.files[0])].path;
        // What is damaged goes by its name.
        const Format format =
            !set.complete && path.ends_with(".safetensors") ? Format::kSafetensors : set.format;
        const char* stem = IsPickled(format) ? "pytorch_model" : "model";
        candidates.push_back({path, format, stem, set.sharded(), &set});
      }
      return candidates;
    }
    const bool adapter = IsAdapter();
    for (const bool pickled : {false, true}) {
      for (const std::string stem : {adapter   ? "adapter_model"
                                     : pickled ? "pytorch_model"
                                               : "model"}) {
        for (const bool sharded : {false, true}) {
          const std::string name =
              stem + (pickled ? ".bin" : ".safetensors") + (sharded ? ".index.json" : "");
          if (!s_.files.names.contains(name)) continue;
          const WeightSet* set = SetOf(s_.files.root + name);
          // What a damaged file holds is not known; every torch reads the old container.
          const Format format = !pickled                                   ? Format::kSafetensors
                                : set != nullptr && IsPickled(set->format) ? set->format
                                                                           : Format::kTorchLegacy;
          candidates.push_back({name, format, stem, sharded, set});
        }
      }
    }
    return candidates;
  }

  // Without peft no release looks at adapter_config.json. One that was left beside whole weights,
  // with no weights of an adapter, is of nothing.
  bool IsAdapter() const {
    const auto has = [&](const char* name) { return s_.files.names.contains(name); };
    if (!has("adapter_config.json")) return false;
    const Component* peft = s_.target.Find("peft");
    const bool has_peft = peft != nullptr && !peft->absent;
    if (s_.Lacks("peft")) return false;
    const bool whole = has("model.safetensors") || has("pytorch_model.bin");
    return has_peft || has("adapter_model.safetensors") || has("adapter_model.bin") || !whole;
  }

  // Whether the target looks for the name at all, read what it finds there or not. Releases of 4.28
  // to 4.30 ask torch first, and pass over what it could not take.
  bool IsLookedFor(const Candidate& candidate) const {
    if (VerdictOn(candidate).rule == kOldTorch) return !s_.TransformersIs(">=4.28.0,<4.31.0");
    return IsPickled(candidate.format) && !(candidate.sharded && s_.TransformersIs("<4.18.0"));
  }

  // What is raised where no weights are found: from 4.16 on another framework's are told of.
  std::string MissingMessage() const {
    const Knowledge& knowledge = s_.base.knowledge;
    for (const auto& [file, framework, argument] :
         {std::array{"tf_model.h5", "TensorFlow", "from_tf"},
          std::array{"flax_model.msgpack", "Flax", "from_flax"}}) {
      if (!s_.files.names.contains(std::string_view(file))) continue;
      const std::string message = knowledge.Message(
          "missing_weights_beside", s_.target,
          {{"{package}", package().path}, {"{framework}", framework}, {"{argument}", argument}});
      if (!message.empty()) return message;
    }
    return knowledge.MissingWeightsMessage(s_.target, package().path);
  }

  void Missing() {
    CheckFinding finding =
        MakeFinding(Stage::kWeights, Verdict::kFail, "WL-W-010",
                    "the model's folder holds no weights under a name that is looked for", "");
    finding.message = MissingMessage();
    for (const WeightSet& set : package().weights) {
      const std::string& path = package().artefacts[set.files[0]].path;
      if (!IsUnlisted(package(), set) || !set.complete || !path.starts_with(s_.files.root))
        continue;
      finding.path = path;
      finding.adaptations = {"W2"};
    }
    findings_.push_back(std::move(finding));
  }

  void Unreadable(const Candidate& candidate) {
    const Knowledge& knowledge = s_.base.knowledge;
    const WeightsVerdict verdict = VerdictOn(candidate);
    const std::string what = verdict.rule == kOldTorch
                                 ? fmt::format("torch {} is too old to take the bytes of",
                                               Escape(s_.target.Find("torch")->Text()))
                                 : "the target does not read";
    Add(Verdict::kFail, verdict.rule, what, PathOf(candidate));
    CheckFinding& finding = findings_.back();
    finding.source = verdict.source;
    for (const Upgrade& upgrade : verdict.upgrades) {
      // What a newer transformers does is tried, release by release.
      if (upgrade.component == "transformers" || !upgrade.also.empty()) continue;
      finding.removed_by = {upgrade.component, upgrade.to.text()};
    }
    const std::string refused = knowledge.RefusedPickleMessage(s_.target);
    const bool found = IsLookedFor(candidate);
    if (found && verdict.rule == kOldTorch) {
      finding.message = knowledge.Message("torch_without_frombuffer", s_.target, {});
    } else if (found && verdict.rule == "WL-W-011") {
      finding.message = knowledge.Message(
          "unreadable_checkpoint", s_.target,
          {{"{package}", package().path}, {"{file}", package().path + "/" + PathOf(candidate)}});
    } else if (found && !refused.empty()) {
      finding.message = refused;
    } else {
      finding.message = MissingMessage();
    }
    const bool pickled = IsPickled(candidate.format);
    finding.adaptations = {pickled && !refused.empty()    ? "W3"
                           : pickled && candidate.sharded ? "W2"
                                                          : "W1"};
  }

  CheckFinding& Fail(std::string rule, std::string text, std::string message,
                     const std::string& path) {
    findings_.push_back(
        MakeFinding(Stage::kWeights, Verdict::kFail, std::move(rule), std::move(text), path));
    findings_.back().message = std::move(message);
    return findings_.back();
  }

  // Why the reader could not read `path`: the first error that it found there.
  std::string Reason(const std::string& path) const {
    for (const weighlock::Finding& fact : package().findings) {
      if (fact.severity == Severity::kError && (fact.path == path || path.ends_with(".json"))) {
        return ": " + fact.text;
      }
    }
    return {};
  }

  // A model class of the package's own, where the release does not prefer its own.
  bool BringsUntrustedCode() {
    if (s_.trusts_code) return false;  // told in JudgeTrustedModel
    const bool has_model = BringsModelClass(s_);
    std::string message =
        s_.base.knowledge.Message("untrusted_model", s_.target, {{"{package}", package().path}});
    if (!has_model || message.empty()) return false;
    CheckFinding& finding = Fail("WL-W-006",
                                 "the package brings a model class of its own, which is code that "
                                 "the target must be told to trust (trust_remote_code)",
                                 std::move(message), s_.files.config.path);
    finding.pointer = "/auto_map";
    finding.source = "auto_factory.py of each minor release from 4.10 to 4.57";
    return true;
  }

  void JudgeDamaged(const std::string& path) {
    Fail("WL-W-020",
         fmt::format("{} is damaged, or not what its name says{}", Escape(path), Reason(path)),
         DamagedWeightsMessage(s_, path), path);
  }

  // Where a file of weights is an optimizer's state, nothing in it is wanted. A dictionary is
  // loaded all the same.
  bool IsOptimizerState(const std::string& path) {
    const auto& artefacts = package().artefacts;
    const auto found = std::find_if(artefacts.begin(), artefacts.end(),
                                    [&](const Artefact& a) { return a.path == path; });
    if (found == artefacts.end() || !found->model || found->role != Role::kTrainingState ||
        !IsPickled(found->format)) {
      return false;
    }
    Add(Verdict::kDiffers, "WL-W-049",
        "every weight is left at random: there is nothing but the state of an optimizer in", path);
    findings_.back().source = "tried in transformers 4.30.2, 4.37.2, 4.45.2 and 5.23.0";
    return true;
  }

  // An index that is no JSON, or lacks a key, is met before any shard.
  void JudgeBrokenIndex(const std::string& path) {
    const std::string name = path.substr(s_.files.root.size());
    const auto fault = s_.files.broken_indexes.find(name);
    if (fault == s_.files.broken_indexes.end() && s_.files.empty_indexes.contains(name)) {
      return JudgeEmptyIndex(path);
    }
    Fail("WL-W-021", fmt::format("the index {} cannot be read{}", Escape(path), Reason(path)),
         fault == s_.files.broken_indexes.end() ? "" : fault->second, path);
  }

  // Releases of 4.50 to 4.57 need not look into the first shard.
  void JudgeEmptyIndex(const std::string& path) {
    const bool is_open = s_.TransformersIs(">=4.50.0,<5.0.0");
    CheckFinding& finding =
        Fail("WL-W-021", fmt::format("the index {} lists no shard", Escape(path)),
             is_open ? "" : "IndexError: list index out of range", path);
    if (is_open) {
      finding.verdict = Verdict::kDiffers;
      finding.text += ": every weight is left at random";
    }
    finding.source = "tried in transformers 4.37.2, 4.49.0, 4.56.2, 5.2.0, 5.23.0";
  }

  void JudgeMissingShard(const Candidate& candidate, size_t missing, const std::string& name) {
    const std::string shard =
        name.starts_with('/') ? name : fmt::format("{}/{}{}", package().path, s_.files.root, name);
    CheckFinding& finding = Fail(
        "WL-W-022",
        fmt::format("{} of the shards that the index lists are not in the package: {}",
                    missing == 0 ? "all" : std::to_string(missing), Escape(name)),
        IsPickled(candidate.format)
            ? fmt::format("FileNotFoundError: [Errno 2] No such file or directory: '{}'", shard)
            : fmt::format("FileNotFoundError: No such file or directory: {}", shard),
        PathOf(candidate));
    finding.source = "transformers 4.20.1 to 5.23.0, tried";
  }

  void JudgeTaken(const Candidate& candidate) {
    const std::string path = PathOf(candidate);
    if (candidate.sharded && s_.files.broken_indexes.contains(path.substr(s_.files.root.size()))) {
      return JudgeBrokenIndex(path);
    }
    // An index all of whose shards are missing is no set of weights.
    const auto first = s_.files.first_shards.find(candidate.name);
    if (candidate.set == nullptr && first != s_.files.first_shards.end() &&
        !s_.files.names.contains(first->second)) {
      return JudgeMissingShard(candidate, 0, first->second);
    }
    if (candidate.set == nullptr) {
      if (candidate.sharded) return JudgeBrokenIndex(path);
      if (!IsOptimizerState(path)) JudgeDamaged(path);
      return;
    }
    const WeightSet& set = *candidate.set;
    // safetensors under the name of a .bin, and the other way round.
    if (IsPickled(set.format) != IsPickled(candidate.format)) {
      return JudgeDamaged(package().artefacts[set.files[0]].path);
    }
    if (!set.missing.empty()) {
      return JudgeMissingShard(candidate, set.missing.size(), set.missing[0]);
    }
    for (const size_t file : set.files) {
      const Artefact& shard = package().artefacts[file];
      // A shard is read as its name says, whatever the index is.
      const bool as_pickle = !shard.path.ends_with(".safetensors");
      if (!shard.model || as_pickle != IsPickled(shard.format)) return JudgeDamaged(shard.path);
    }
    findings_ = JudgeTakenWeights(s_, set);
  }

  const Situation& s_;
  std::vector<CheckFinding> findings_;
};

}  // namespace

std::vector<CheckFinding> JudgeWeights(const Situation& situation) {
  if (situation.transformers() == nullptr && situation.target.Find("peft") == nullptr) return {};
  std::vector<CheckFinding> before = JudgeModelClass(situation);
  if (!before.empty() && before[0].verdict == Verdict::kFail) return before;
  std::vector<CheckFinding> findings = WeightsStage(situation).Run();
  JudgeTrustedModel(situation, findings);
  findings.insert(findings.end(), before.begin(), before.end());
  const bool fails = std::any_of(findings.begin(), findings.end(),
                                 [](const CheckFinding& f) { return f.verdict == Verdict::kFail; });
  if (!fails) {
    for (CheckFinding& finding : JudgeGenerationConfig(situation)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace weighlock
