// What the target's model makes of the weights that are taken: all of them, some, or none of a
// shape that fits.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/packaging.h"
#include "check/parameter_match.h"
#include "check/situation.h"

namespace weighlock {
namespace {

constexpr size_t kNamesTold = 4;

std::string Names(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kNamesTold); ++i) {
    out += (i == 0 ? "" : ", ") + Escape(names[i]);
  }
  return names.size() > kNamesTold ? out + ", ..." : out;
}

std::string ShapeText(const auto& shape) {
  return fmt::format("torch.Size([{}])", fmt::join(shape, ", "));
}

// "encoder.layer.#.output.dense.weight", which names of the other layers share.
std::string Pattern(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) {
      out += c;
    } else if (!out.ends_with('#')) {
      out += '#';
    }
  }
  return out;
}

class ModelWeights {
 public:
  ModelWeights(const Situation& s, const ExpectedModel& model, const WeightSet& set)
      : s_(s), model_(model), match_(s.matches.Of(s, model, set)) {
    const Package& package = s.package();
    path_ = package.artefacts[set.index.value_or(set.files[0])].path;
  }

  std::vector<CheckFinding> Run() {
    if (match_.is_corrupted) {
      Corrupted();
    } else if (match_.unstackable != nullptr) {
      Unstackable();
    } else if (!match_.mismatched.empty()) {
      Mismatched();
    } else {
      Missing();
      Unused();
    }
    return std::move(findings_);
  }

 private:
  CheckFinding& Add(Verdict verdict, std::string rule, std::string text) {
    CheckFinding finding =
        MakeFinding(Stage::kWeights, verdict, std::move(rule), std::move(text), path_);
    finding.source = "the parameters of each class, as its releases make them (kb/families.json)";
    findings_.push_back(std::move(finding));
    return findings_.back();
  }

  void Corrupted() {
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-W-032",
            fmt::format("weights of the bare model without {} before their names, and weights of a "
                        "head, lie side by side",
                        Quote(model_.prefix + ".")));
    finding.message =
        "ValueError: The state dictionary of the model you are trying to load is corrupted. Are "
        "you sure it was properly saved?";
    finding.adaptations = {"W6"};
    finding.source = "modeling_utils.py of transformers 4.10.3 to 4.57.6";
  }

  void Unstackable() {
    CheckFinding& finding = Add(
        Verdict::kFail, "WL-W-033",
        fmt::format("the target stacks the weights of all experts into one, and those beside {} "
                    "are not as many or not of its shape",
                    Quote(match_.unstackable->name)));
    finding.message =
        "RuntimeError: We encountered some issues during automatic conversion of the weights. For "
        "details look at the `CONVERSION` entries of the above report!";
    finding.source = "core_model_loading.py of transformers 5.2.0 and 5.23.0, tried";
  }

  void Mismatched() {
    const ShapeMismatch& first = match_.mismatched[0];
    CheckFinding& finding =
        Add(Verdict::kFail, "WL-W-030",
            fmt::format("{} of the weights have other shapes than config.json gives the model: {} "
                        "is {}, and {} there",
                        match_.mismatched.size(), Escape(first.tensor->name),
                        ShapeText(first.shape), ShapeText(first.parameter->shape)));
    finding.path = s_.package().artefacts[first.file].path;
    // An embedding of no rows, or of rows of no width, ends the making in words of its own.
    const size_t first_ones = std::min<size_t>(model_.parameters.size(), 2);
    const bool is_empty = std::any_of(
        model_.parameters.begin(), model_.parameters.begin() + static_cast<ptrdiff_t>(first_ones),
        [](const ExpectedParameter& p) {
          return std::find(p.shape.begin(), p.shape.end(), 0) != p.shape.end();
        });
    if (!is_empty) finding.message = MismatchMessage();
  }

  // From 4.51 on the first one ends the loading, and its own module is named.
  std::string MismatchMessage() const {
    if (s_.TransformersIs(">=5.0.0")) {
      return "RuntimeError: You set `ignore_mismatched_sizes` to `False`, thus raising an error. "
             "For details look at the above report!";
    }
    const bool one = s_.TransformersIs(">=4.51.0");
    std::string message =
        fmt::format("RuntimeError: Error(s) in loading state_dict for {}:",
                    one ? match_.mismatched[0].parameter->module : model_.class_name);
    for (const ShapeMismatch& mismatch : match_.mismatched) {
      const std::string& name = one ? mismatch.parameter->name : mismatch.tensor->name;
      message += fmt::format(
          "\n\tsize mismatch for {}: copying a param with shape {} from checkpoint, the shape in "
          "current model is {}.",
          one ? name.substr(name.rfind('.') + 1) : name, ShapeText(mismatch.shape),
          ShapeText(mismatch.parameter->shape));
      if (one) return message;
    }
    if (s_.TransformersIs(">=4.20.0")) {
      message +=
          "\n\tYou may consider adding `ignore_mismatched_sizes=True` in the model "
          "`from_pretrained` method.";
    }
    return message;
  }

  void Missing() {
    if (match_.missing.empty()) return;
    std::vector<std::string> names;
    bool all_conditional = true;
    for (const ExpectedParameter* parameter : match_.missing) {
      names.push_back(parameter->name);
      all_conditional &= parameter->conditional && parameter->name.ends_with(".bias");
    }
    // Biases start as zeros, which is what a model without them computes.
    if (all_conditional) {
      Add(Verdict::kOk, "WL-W-041",
          fmt::format("config.json wants {} biases that {} does not have; as zeros they change "
                      "nothing: {}",
                      names.size(), Escape(path_), Names(names)));
      return;
    }
    // Servers raise where a weight is missing, and most have no use for a pooler's.
    const bool is_server = TakesFolder(s_.target.platform);
    const bool is_used = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return name.find("pooler.") == std::string::npos;
    });
    CheckFinding& finding =
        Add(is_server && !is_used ? Verdict::kRisk : Verdict::kDiffers, "WL-W-040",
            fmt::format("{} of the {} weights of {} are not in {}, and {}: {}", names.size(),
                        model_.parameters.size(), Escape(model_.class_name), Escape(path_),
                        !is_server ? "are left at random with no more than a warning"
                        : is_used  ? "the server wants every one that it uses"
                                   : "whether the server uses them is not known",
                        Names(names)));
    if (s_.TransformersIs("<5.0.0")) {
      finding.message = fmt::format(
          "Some weights of {} were not initialized from the model checkpoint at {} and are newly "
          "initialized: ",
          model_.class_name, s_.package().path);
    }
  }

  // Weights that nobody asks for are harmless, unless the model has others of their kind, more
  // layers than it counts, biases that it does not know, or they are part of a layer: what they
  // compute is left out there.
  void Unused() {
    if (match_.unexpected.empty()) return;
    std::set<std::string> patterns, layers;
    for (const ExpectedParameter& parameter : model_.parameters) {
      const std::string pattern = Pattern(parameter.name);
      patterns.insert(pattern);
      patterns.insert(pattern.substr(0, pattern.rfind('.')) + ".bias");
      const size_t layer = pattern.find(".#.");
      if (layer != std::string::npos) layers.insert(pattern.substr(0, layer + 3));
    }
    std::vector<std::string> kin, others;
    for (const Tensor* tensor : match_.unexpected) {
      const std::string pattern = Pattern(tensor->name);
      const std::string layer = pattern.substr(0, pattern.find(".#.") + 3);
      const bool is_weight = pattern.ends_with(".weight") || pattern.ends_with(".bias");
      const bool is_kin =
          patterns.contains(pattern) || patterns.contains(model_.prefix + "." + pattern) ||
          (is_weight && pattern.find(".#.") != std::string::npos && layers.contains(layer));
      (is_kin ? kin : others).push_back(tensor->name);
    }
    if (!kin.empty()) {
      Add(Verdict::kDiffers, "WL-W-042",
          fmt::format("{} weights of {} are left out, for {} has no place for them as config.json "
                      "describes it to this target: {}",
                      kin.size(), Escape(path_), Escape(model_.class_name), Names(kin)));
    }
    if (!others.empty()) {
      Add(Verdict::kOk, "WL-W-043",
          fmt::format("{} weights of {} are not used by {}: {}", others.size(), Escape(path_),
                      Escape(model_.class_name), Names(others)));
    }
  }

  const Situation& s_;
  const ExpectedModel& model_;
  const ParameterMatch& match_;
  std::string path_;
  std::vector<CheckFinding> findings_;
};

std::vector<CheckFinding> JudgeModel(const Situation& s, const ExpectedModel& model,
                                     const WeightSet& set) {
  std::vector<CheckFinding> findings = JudgeNoTensors(s, model, set);
  if (!findings.empty()) return findings;
  findings = ModelWeights(s, model, set).Run();
  for (CheckFinding& found : JudgeTiedWeights(s, model, set)) findings.push_back(std::move(found));
  for (CheckFinding& found : JudgeWholeNumbers(s, model, set)) findings.push_back(std::move(found));
  return findings;
}

// Of the classes of a model type the first whose head is in the file, all of it: the caller who
// loads a package without a class most likely asks for that one.
const ExpectedModel* ModelOfHead(const Situation& s, const std::string& type,
                                 const WeightSet& set) {
  std::set<std::string_view> names;
  for (const size_t file : set.files) {
    for (const Tensor& tensor : s.package().artefacts[file].model->tensors) {
      names.insert(tensor.name);
    }
  }
  for (const std::string_view ending :
       {"ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering",
        "ForMaskedLM", "ForCausalLM", "LMHeadModel", "ForConditionalGeneration"}) {
    const std::string name = s.base.releases.ArchitectureOf(type, ending, *s.transformers());
    const ExpectedModel* model = name.empty() ? nullptr : s.matches.Expect(name, s.target);
    if (model == nullptr || model->prefix.empty()) continue;
    bool has_head = false, is_there = true;
    for (const ExpectedParameter& parameter : model->parameters) {
      if (parameter.name.starts_with(model->prefix + ".") || parameter.is_buffer) continue;
      has_head = true;
      is_there = is_there && (names.contains(parameter.name) || parameter.is_alias);
    }
    if (has_head && is_there) return model;
  }
  return nullptr;
}

// Where config.json names no class, the caller does: whichever it is, it has the bare model within,
// and that one's shapes. Without a model_type the package's path gives one before 5.2, and all
// numbers are the defaults.
std::vector<CheckFinding> JudgeBareModel(const Situation& s, const WeightSet& set) {
  constexpr std::string_view kConfig = "Config";
  std::string type = s.files.ConfigText("model_type");
  if (type.empty() && s.TransformersIs("<5.2.0") && s.package().kind == PackageKind::kFolder) {
    type = s.base.releases.ModelTypeIn(s.package().path, *s.transformers());
  }
  std::string name = s.base.releases.ConfigClassOf(type, *s.transformers());
  if (type.empty() || !name.ends_with(kConfig)) return {};
  if (const ExpectedModel* model = ModelOfHead(s, type, set)) {
    return JudgeModel(s, *model, set);
  }
  name.replace(name.size() - kConfig.size(), kConfig.size(), "Model");
  const ExpectedModel* model = s.matches.Expect(name, s.target);
  if (model == nullptr) return {};
  std::vector<CheckFinding> findings = ModelWeights(s, *model, set).Run();
  std::erase_if(findings, [](const CheckFinding& f) { return f.rule != "WL-W-030"; });
  // Before 4.51 it tells the caller's class, where our message ends; after that the part that does
  // not fit.
  for (CheckFinding& finding : findings) {
    const size_t at = finding.message.find(name + ":");
    if (s.TransformersIs("<4.51.0") && at != std::string::npos) finding.message.resize(at);
  }
  return findings;
}

}  // namespace

std::vector<CheckFinding> JudgeModelWeights(const Situation& situation, const WeightSet& set) {
  if (situation.transformers() == nullptr) return {};
  const std::string architecture = LoadedArchitecture(situation);
  if (architecture.empty()) {
    return NamedArchitecture(situation).empty() ? JudgeBareModel(situation, set)
                                                : std::vector<CheckFinding>();
  }
  const ExpectedModel* model = situation.matches.Expect(architecture, situation.target);
  if (model == nullptr) {
    CheckFinding unknown = MakeFinding(
        Stage::kWeights, Verdict::kOk, "WL-W-044",
        fmt::format("the parameters of {} are not known here: whether all of its weights are there "
                    "was not judged",
                    Escape(architecture)),
        situation.files.config.path);
    unknown.pointer = "/architectures";
    unknown.source = "kb/families.json";
    return {unknown};
  }
  return JudgeModel(situation, *model, set);
}

}  // namespace weighlock
