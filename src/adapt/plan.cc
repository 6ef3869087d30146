// One step for every artefact: by request first, then as weights, then by role.
#include "adapt/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapt/model_plan.h"
#include "adapt/output_paths.h"
#include "adapt/weights_plan.h"
#include "base/escape.h"
#include "package/roles.h"
#include "package/tensor_bytes.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

// Artefacts of a set, its index among them, in the order of the package.
std::vector<size_t> MembersOf(const WeightSet& set) {
  std::vector<size_t> members = set.files;
  if (set.index) members.push_back(*set.index);
  std::sort(members.begin(), members.end());
  return members;
}

Step Keep(const std::string& path, std::string reason) {
  return {Action::kKeep, {path}, path, std::move(reason), ""};
}

Step Drop(const std::string& path, std::string reason) {
  return {Action::kDrop, {path}, "", std::move(reason), ""};
}

bool EndsWithAny(std::string_view path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

// Why a file that no reader here takes for a pickle may hold one all the same: arrays of objects
// and compressed dumps are pickles inside, and so are those of protocols 0 and 1, which nothing but
// the name tells from text; what is packed is not looked into. Empty: it holds none.
std::string_view WhyItMayHoldPickle(const Artefact& artefact) {
  const Format format = artefact.format;
  // NumPy's and torch's files are zips too, but not what somebody would unpack.
  if (format == Format::kNumpy ||
      EndsWithAny(artefact.path, {".pkl", ".pickle", ".joblib", ".npz", ".npy", ".pt", ".pth"})) {
    return "it may hold a pickle that cannot be read here";
  }
  if (format == Format::kZip || format == Format::kTar || format == Format::kGzip ||
      EndsWithAny(artefact.path, {".bz2", ".xz", ".zst", ".lz4", ".7z", ".rar", ".Z"})) {
    return "packed: it may hold pickles; to have what is in it, unpack it into the package first";
  }
  return {};
}

std::string WithExtension(const std::string& path, std::string_view extension) {
  const size_t name = path.rfind('/') + 1;  // 0 where there is none
  const size_t dot = path.rfind('.');
  return path.substr(0, dot == path.npos || dot <= name ? path.size() : dot) +
         std::string(extension);
}

// Where what was in a pickle goes. Of training state into a folder of its own: servers take every
// .safetensors file that lies beside the model for weights.
std::string UnpickledPath(const Artefact& artefact) {
  std::string path = WithExtension(artefact.path, ".json");
  if (artefact.role != Role::kTrainingState) return path;
  return path.insert(path.rfind('/') + 1, "training_state/");
}

// "policy.never_adapt (line 9)" where the contract does not let it be done; else empty.
std::string ForbiddenBy(const AdaptOptions& options, std::string_view adaptation) {
  return options.contract == nullptr ? "" : options.contract->Forbids(adaptation);
}

class Planner {
 public:
  Planner(const Package& package, const WeightsPlan& weights, const PlanInputs& inputs)
      : package_(package), options_(inputs.options), condemned_(inputs.condemned) {
    for (const auto& [set, why] : weights.dropped) {
      for (const size_t file : MembersOf(package.weights[set])) useless_.emplace(file, why);
    }
    for (const Conversion& conversion : weights.conversions) {
      outputs_.insert(conversion.output);
      for (const size_t file : MembersOf(package.weights[conversion.set])) {
        converted_.emplace(file, &conversion);
      }
    }
  }

  Result<std::vector<Step>> Run() {
    for (size_t i = 0; i < package_.artefacts.size(); ++i) WL_CHECKED(Plan(i));
    KeepUnpickledApart(steps_);
    WL_CHECKED(CheckOutputs(steps_, options_.limits));
    return std::move(steps_);
  }

 private:
  Status Plan(size_t index) {
    const Artefact& artefact = package_.artefacts[index];
    const std::string& path = artefact.path;
    const auto converted = converted_.find(index);
    const bool dropped = MatchesAny(options_.drop, path), kept = MatchesAny(options_.keep, path);
    if (converted != converted_.end()) {
      const Conversion& conversion = *converted->second;
      const std::vector<size_t> members = MembersOf(package_.weights[conversion.set]);
      if (index == members.front()) AddConversion(conversion, members);
      if (kept && !dropped && !options_.disarm) steps_.push_back(Keep(path, "asked for by --keep"));
      return {};
    }
    if (dropped) {
      steps_.push_back(Drop(path, "asked for by --drop"));
    } else if (condemned_.contains(path) && !IsPickled(artefact.format)) {
      steps_.push_back(Drop(path, condemned_.at(path)));
    } else if (kept && !options_.disarm) {
      steps_.push_back(Keep(path, "asked for by --keep"));
    } else if (outputs_.contains(path)) {
      steps_.push_back(Drop(path, "replaced by the converted weights of the same name"));
    } else if (useless_.contains(index)) {
      steps_.push_back(Drop(path, useless_.at(index)));
    } else if (options_.no_pickle && IsPickled(artefact.format)) {
      steps_.push_back({Action::kUnpickle,
                        {path},
                        UnpickledPath(artefact),
                        fmt::format("{}, as JSON and safetensors", RoleName(artefact.role)),
                        "S1"});
    } else if (options_.no_pickle && !WhyItMayHoldPickle(artefact).empty()) {
      steps_.push_back(Drop(path, std::string(WhyItMayHoldPickle(artefact))));
    } else {
      steps_.push_back(ByRole(artefact));
    }
    return {};
  }

  void AddConversion(const Conversion& conversion, const std::vector<size_t>& members) {
    Step step{Action::kConvert, {}, conversion.output, "", conversion.adaptations, conversion.form,
              conversion.unwrap};
    const WeightSet& set = package_.weights[conversion.set];
    size_t tensors = 0;
    uint64_t bytes = 0;
    for (const size_t file : set.files) {
      const Model& model = *package_.artefacts[file].model;
      const std::vector<size_t> twins = FirstTwins(model);
      for (size_t i = 0; i < twins.size(); ++i) {
        if (twins[i] != i) continue;  // tied: written once
        ++tensors;
        bytes += model.tensors[i].data.size;
      }
    }
    for (const size_t member : members) step.inputs.push_back(package_.artefacts[member].path);
    step.reason =
        fmt::format("{} tensors, {} bytes, as {}", tensors, bytes, FormText(conversion.form));
    if (!conversion.unwrap.empty()) {
      step.reason += fmt::format(", \"{}.\" taken off every name", conversion.unwrap);
    }
    steps_.push_back(std::move(step));
  }

  Step ByRole(const Artefact& artefact) const {
    const std::string& path = artefact.path;
    switch (artefact.role) {
      case Role::kTrainingState:
        if (const std::string by = ForbiddenBy(options_, "P2"); !by.empty()) {
          return Keep(path, fmt::format("training state, which {} of the contract does not let be "
                                        "left out",
                                        by));
        }
        if (options_.keep_training_state || options_.no_pickle) {
          return Keep(path, options_.no_pickle
                                ? "training state, without a pickle"
                                : "training state, asked for by --keep-training-state");
        }
        return Drop(path, "training state: inference never reads it");
      case Role::kJunk:
        return Drop(path, "no part of a model");
      case Role::kWeights:
        return Keep(path, "weights, as they are");
      case Role::kCode:
        return Keep(path, "code: a server may run it");
      default:
        return Keep(path, std::string(RoleName(artefact.role)));
    }
  }

  const Package& package_;
  const AdaptOptions& options_;
  const std::map<std::string, std::string>& condemned_;
  std::map<size_t, std::string> useless_;  // artefacts, and why
  std::map<size_t, const Conversion*> converted_;
  std::set<std::string> outputs_;  // of the conversions
  std::vector<Step> steps_;
};

Error NotAllowed(std::string_view adaptation, const std::string& by, const std::string& path) {
  return Error(Code::kUnsupported,
               fmt::format("the target wants {} done to it, which {} of the contract does not "
                           "allow; weighlock check says which upgrade helps instead",
                           adaptation, by),
               kNoOffset, path);
}

// What the target makes of a file without the repair of a rule.
Verdict Without(const JsonRepair& repair) {
  if (repair.rule == "WL-T-080") return Verdict::kOk;  // it loads, and answers what it is asked
  return repair.rule == "WL-C-020" ? Verdict::kDiffers : Verdict::kFail;
}

// Repairs that the contract forbids are left, and told, where the target takes the file without
// them; where it does not, nothing is done at all, for the result would not load.
Status LeaveForbidden(const std::vector<JsonRepair>& left, const AdaptOptions& options,
                      const std::string& path, Plan& plan) {
  for (const JsonRepair& repair : left) {
    const std::string by = ForbiddenBy(options, repair.adaptation);
    const Verdict verdict = Without(repair);
    if (verdict == Verdict::kFail || options.contract->Fails(verdict)) {
      return NotAllowed(repair.adaptation, by, path);
    }
    plan.notes.push_back(fmt::format(
        "{}: {} is left undone, which {} of the contract does not allow ({}): {}", Escape(path),
        repair.adaptation, by, repair.reason,
        verdict == Verdict::kOk ? "it loads all the same" : "it loads, and may answer otherwise"));
  }
  return {};
}

// A file of templates that a release takes alone, whatever else there is, gives way to the list.
void DropListedTemplate(const std::string& config, const PlanInputs& inputs, Plan& plan) {
  const RepairSituation situation{inputs.target, inputs.releases, inputs.peft};
  if (!TemplateFileWins(situation)) return;
  const std::string path = config.substr(0, config.rfind('/') + 1) + "chat_template.jinja";
  for (Step& step : plan.steps) {
    if (step.output != path || step.action != Action::kKeep) continue;
    step = Drop(path, "it stands in tokenizer_config.json, beside the named ones");
  }
}

// Files that are kept, but for what the target wants otherwise in them.
Status PlanRepairs(const Package& package, const PlanInputs& inputs, Plan& plan) {
  for (Step& step : plan.steps) {
    if (step.action != Action::kKeep) continue;
    const std::string path = step.output;
    const auto repaired = RepairedFile(package, path, inputs);
    if (!repaired) continue;
    WL_CHECKED(LeaveForbidden(repaired->left, inputs.options, path, plan));
    if (repaired->repairs.empty()) continue;
    step.action = Action::kRewrite;
    step.reason.clear();
    for (const auto& [adaptation, rule, reason] : repaired->repairs) {
      if (step.adaptation.find(adaptation) == std::string::npos) {
        step.adaptation += (step.adaptation.empty() ? "" : " ") + adaptation;
      }
      step.reason += (step.reason.empty() ? "" : "; ") + reason;
    }
    if (repaired->lists_templates) DropListedTemplate(path, inputs, plan);
    if (plan.diagnosis.verdict != Verdict::kOk) continue;
    const Verdict verdict = Without(repaired->repairs[0]);
    if (verdict == Verdict::kOk) continue;
    plan.diagnosis.verdict = verdict;
    plan.diagnosis.rule = repaired->repairs[0].rule;
    plan.diagnosis.text = fmt::format(
        "the target takes the weights, but not {} as it is; weighlock check says what "
        "it would say, and which release takes it",
        Escape(path));
  }
  return {};
}

// A package of a model without its weights is none.
Status RefuseWithoutWeights(const Package& package, const std::vector<Step>& steps) {
  if (package.weights.empty()) return {};
  std::set<std::string_view> weights;
  for (const WeightSet& set : package.weights) {
    for (const size_t file : set.files) weights.insert(package.artefacts[file].path);
  }
  const bool is_left = std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.action != Action::kDrop &&
           std::any_of(step.inputs.begin(), step.inputs.end(),
                       [&](const std::string& path) { return weights.contains(path); });
  });
  if (is_left) return {};
  return Error(Code::kUnsupported,
               "no weights would be left of it: see what is dropped, and --keep", kNoOffset,
               package.path);
}

// Weights that are not converted would not be read: nothing is done then.
Status RefuseForbidden(const Plan& plan, const AdaptOptions& options) {
  for (const Step& step : plan.steps) {
    std::string_view rest = step.adaptation;
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      const std::string by = ForbiddenBy(options, one);
      if (!by.empty()) return NotAllowed(one, by, step.inputs[0]);
    }
  }
  return {};
}

// additional_chat_templates/NAME.jinja of a folder; nothing where one of them is not in reach, or
// is left out by request.
std::vector<std::pair<std::string, std::string>> NamedTemplates(const Package& package,
                                                                const std::string& folder,
                                                                const PlanInputs& inputs) {
  constexpr std::string_view kFolder = "additional_chat_templates/", kEnding = ".jinja";
  std::vector<std::pair<std::string, std::string>> templates;
  for (const Artefact& artefact : package.artefacts) {
    std::string_view name = artefact.path;
    if (!name.starts_with(folder) || !name.ends_with(kEnding)) continue;
    name.remove_prefix(folder.size());
    if (!name.starts_with(kFolder)) continue;
    name.remove_prefix(kFolder.size());
    if (name.find('/') != name.npos || MatchesAny(inputs.options.drop, artefact.path)) continue;
    name.remove_suffix(kEnding.size());
    auto text = inputs.content(artefact.path);
    if (!text) return {};
    templates.emplace_back(name, *std::move(text));
  }
  std::sort(templates.begin(), templates.end());  // archives have their members in any order
  return templates;
}

}  // namespace

std::optional<RepairedJson> RepairedFile(const Package& package, const std::string& path,
                                         const PlanInputs& inputs) {
  const size_t slash = path.rfind('/') + 1;  // 0 where there is none
  const std::string name = path.substr(slash);
  if (!inputs.content || !MayNeedRepair(name)) return std::nullopt;
  const auto text = inputs.content(path);
  if (!text) return std::nullopt;
  const std::string tokenizer = path.substr(0, slash) + "tokenizer.json";
  const bool has_tokenizer_json =
      std::any_of(package.artefacts.begin(), package.artefacts.end(),
                  [&](const Artefact& artefact) { return artefact.path == tokenizer; });
  RepairSituation situation{inputs.target, inputs.releases, inputs.peft, has_tokenizer_json};
  situation.forbids = [&](std::string_view adaptation) {
    const Contract* contract = inputs.options.contract;
    return contract != nullptr && !contract->Forbids(adaptation).empty();
  };
  const std::string folder = path.substr(0, slash);
  if (name == "tokenizer_config.json" && PassesOverNamedTemplates(situation)) {
    situation.chat_template = inputs.content(folder + "chat_template.jinja");
    situation.named_templates = NamedTemplates(package, folder, inputs);
  }
  return RepairJson(name, *text, situation);
}

std::string_view ActionName(Action action) {
  switch (action) {
    case Action::kKeep:
      return "keep";
    case Action::kRewrite:
      return "rewrite";
    case Action::kConvert:
      return "convert";
    case Action::kUnpickle:
      return "unpickle";
    case Action::kDrop:
      return "drop";
  }
  return "drop";
}

std::string TensorsBeside(const std::string& json_path) {
  return WithExtension(json_path, ".safetensors");
}

Result<Plan> MakePlan(const Package& package, const PlanInputs& inputs) {
  const AdaptOptions& options = inputs.options;
  Plan plan;
  auto model = options.disarm
                   ? std::nullopt
                   : JudgeModel(package, inputs.target, inputs.knowledge, inputs.releases);
  if (model) {
    plan.diagnosis = *std::move(model);
    plan.possible = false;
    return plan;
  }
  std::set<size_t> left_out;
  for (size_t i = 0; i < package.artefacts.size(); ++i) {
    if (MatchesAny(options.drop, package.artefacts[i].path)) left_out.insert(i);
  }
  WL_TRY(WeightsPlan weights,
         PlanWeights(package, left_out, inputs.target, inputs.knowledge, options.no_pickle));
  WL_TRY(plan.steps, Planner(package, weights, inputs).Run());
  plan.diagnosis = std::move(weights.diagnosis);
  plan.notes = std::move(weights.notes);
  if (!options.disarm) WL_CHECKED(RefuseWithoutWeights(package, plan.steps));
  std::vector<std::string_view> paths;
  for (const Artefact& artefact : package.artefacts) paths.push_back(artefact.path);
  AddIdlePatterns("--drop", options.drop, paths, plan.notes);
  AddIdlePatterns("--keep", options.keep, paths, plan.notes);
  const Component* own = inputs.target.Find("transformers");
  if (own != nullptr && own->version && inputs.releases.Find(*own->version) == nullptr) {
    plan.notes.push_back(fmt::format("transformers {} {}", own->version->text(),
                                     inputs.releases.WhyUnknown(*own->version)));
  }
  if (options.rewrite) WL_CHECKED(PlanRepairs(package, inputs, plan));
  WL_CHECKED(RefuseForbidden(plan, options));
  return plan;
}

Status RefuseImpossible(const Plan& plan, const std::string& package) {
  if (plan.possible) return {};
  std::string advice;
  for (const std::string& upgrade : plan.diagnosis.upgrades) advice += "; " + upgrade;
  return Error(
      Code::kUnsupported,
      fmt::format("{}: nothing that is done to the package helps{}", plan.diagnosis.text, advice),
      kNoOffset, package);
}

}  // namespace weighlock
