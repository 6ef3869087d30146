// What the stages judge: a package, a target, and what is known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/model_files.h"
#include "compat/config_types.h"
#include "compat/config_uses.h"
#include "compat/families.h"
#include "compat/knowledge.h"
#include "compat/known_spec.h"
#include "compat/library_answers.h"
#include "compat/peft_releases.h"
#include "compat/releases.h"
#include "compat/rules.h"
#include "compat/vocabularies.h"
#include "weighlock/check.h"

namespace weighlock {

// The parts of the knowledge base.
struct Base {
  Knowledge knowledge;
  Releases releases;
  LibraryAnswers tokenizers, safetensors;
  Rules rules;
  Families families;
  ConfigTypes config_types;
  ConfigUses config_uses;
  PeftReleases peft;
  Vocabularies vocabularies;
};

class ModelMatches;

// All borrowed.
struct Situation {
  const OpenedPackage& opened;
  const ModelFiles& files;
  const Base& base;
  const Target& target;
  ModelMatches& matches;
  const PackageRules& rules;
  // What JudgePackaging said of the package and the platform, which releases of libraries do not
  // change; null: not yet.
  const std::vector<CheckFinding>* packaging = nullptr;
  bool trusts_code = false;  // whether code of the package is run: trust_remote_code of a contract
  const Contract* contract = nullptr;  // or null: what the advice may propose

  // The same package in another target, which is borrowed too.
  Situation In(const Target& other) const {
    return {opened, files, base, other, matches, rules, packaging, trusts_code, contract};
  }

  const Package& package() const { return opened.package; }
  // The target's transformers, or null: none, or of no known version.
  const Version* transformers() const {
    const Component* component = target.Find("transformers");
    return component != nullptr && component->version ? &*component->version : nullptr;
  }
  // Whether the target has no such package: it says so, or names what only the list of a whole
  // environment does, and not this one.
  bool Lacks(std::string_view package) const {
    const Component* own = target.Find(package);
    if (own != nullptr) return own->absent;
    const Component* listed = target.Find("huggingface-hub");
    return listed != nullptr && !listed->absent;
  }
  bool TransformersIs(std::string_view spec) const {
    const Version* own = transformers();
    const VersionSpec* wanted = own == nullptr ? nullptr : KnownSpec(spec);
    return wanted != nullptr && wanted->Contains(*own);
  }
};

// A finding without message, evidence but `path`, or source, which the caller adds where it has
// them.
CheckFinding MakeFinding(Stage stage, Verdict verdict, std::string rule, std::string text,
                         std::string path);

// Whether transformers can be imported at all beside the packages that the target names; one
// finding where it cannot.
std::vector<CheckFinding> JudgeRequiredPackages(const Situation& situation);

// The stages, each on its own: what later ones inherit from earlier failures is Judge's to add.
std::vector<CheckFinding> JudgePackaging(const Situation& situation);
std::vector<CheckFinding> JudgeConfig(const Situation& situation);
std::vector<CheckFinding> JudgeTokenizer(const Situation& situation);
std::vector<CheckFinding> JudgeWeights(const Situation& situation);

// Whether the target has a class at all to load weights into; nothing where it has.
std::vector<CheckFinding> JudgeModelClass(const Situation& situation);

// What the target makes of the weights that it takes: all below.
std::vector<CheckFinding> JudgeTakenWeights(const Situation& situation, const WeightSet& set);

// Other weights beside those that are taken, and whether they are the same.
std::vector<CheckFinding> JudgeOtherWeights(const Situation& situation, const WeightSet& taken);

// What the model of config.json makes of the weights that are taken; nothing where its class is in
// no family of the base.
std::vector<CheckFinding> JudgeModelWeights(const Situation& situation, const WeightSet& set);

// Weights that `model` ties to each other, and of which the file holds two that differ.
std::vector<CheckFinding> JudgeTiedWeights(const Situation& situation, const ExpectedModel& model,
                                           const WeightSet& set);

// A dtype in safetensors that the target's safetensors or torch does not know.
std::vector<CheckFinding> JudgeSafetensorsDTypes(const Situation& situation, const WeightSet& set);

// Weights of `model` that are whole numbers.
std::vector<CheckFinding> JudgeWholeNumbers(const Situation& situation, const ExpectedModel& model,
                                            const WeightSet& set);

// Objects in a .bin that torch refuses to make for the target, or that stand for no weights at all.
std::vector<CheckFinding> JudgePickledObjects(const Situation& situation, const WeightSet& set);

// A .bin that is no dict, or has names that are no texts; `is_alone`: it is no shard.
std::vector<CheckFinding> JudgePickledWhole(const Situation& situation, const Artefact& artefact,
                                            bool is_alone);

// Weights of `model` under whose names a .bin holds something else than tensors.
std::vector<CheckFinding> JudgeNoTensors(const Situation& situation, const ExpectedModel& model,
                                         const WeightSet& set);

// What is raised of generation_config.json once a model is loaded.
std::vector<CheckFinding> JudgeGenerationConfig(const Situation& situation);

// What is raised where the weights file `path`, which could not be read here, is loaded; empty:
// that is not known.
std::string DamagedWeightsMessage(const Situation& situation, const std::string& path);

// `answer`, which safetensors gives of a dtype that it does not know, with the place where the
// header of the file has it.
std::string DTypeMessage(const Situation& situation, const std::string& path, std::string answer);

// The versions of a library that the target may have: its own, or those that its transformers wants
// and that `answers` tells apart. Empty: nothing is known.
std::vector<Version> VersionsOf(const Situation& situation, std::string_view library,
                                const LibraryAnswers& answers);
// How all of `versions` answer to a case: "?" where they do not agree or it is not known.
std::string_view CommonAnswer(const LibraryAnswers& answers, std::string_view name,
                              const std::vector<Version>& versions);

// What is raised where a release notes the commit in JSON that it read, and that is no object but
// `python_class` ("list", "NoneType"). Empty: it notes none there, as before 4.22 and from 5.18 on.
std::string WhereCommitIsNoted(const Situation& situation, std::string_view python_class);

// Whether AutoTokenizer reads config.json, and fails where AutoConfig does.
bool TokenizerMeets(const Situation& s, const CheckFinding& config_failure);

// All stages, and the rules that are data.
std::vector<CheckFinding> Judge(const Situation& situation);

// What each stage comes to. Requires findings of Judge.
std::array<StageOutcome, kStages> Outcomes(const std::vector<CheckFinding>& findings);

}  // namespace weighlock
