// What a .bin holds besides tensors by name: nothing at all, objects that torch is told not to
// make, values in the place of tensors.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/situation.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

constexpr std::string_view kRule = "WL-W-048";
constexpr std::string_view kNoDType = " object has no attribute 'dtype'";

// Whether torch refuses "module name" where it reads weights only. Of torch's own it takes what
// tensors are made of, and no modules.
bool IsRefused(std::string_view global) {
  constexpr std::array<std::string_view, 6> kTaken = {"torch",   "collections", "builtins",
                                                      "_codecs", "__builtin__", "copyreg"};
  const std::string_view root = global.substr(0, global.find_first_of(". "));
  // Of collections it takes the ordered dict, and from some release on what counts.
  if (global == "collections defaultdict") return true;
  const bool is_taken = std::find(kTaken.begin(), kTaken.end(), root) != kTaken.end();
  return !is_taken || global.starts_with("torch.nn.modules.");
}

// From 4.37 on transformers asks for weights only.
bool ReadsWeightsOnly(const Situation& s) {
  const Component* torch = s.target.Find("torch");
  const VersionSpec* spec = KnownSpec(">=1.13.0");
  const bool is_older = torch != nullptr && torch->version && !spec->Contains(*torch->version);
  return s.TransformersIs(">=4.37.0") && !is_older;
}

CheckFinding Failure(std::string text, std::string message, const std::string& path) {
  CheckFinding finding =
      MakeFinding(Stage::kWeights, Verdict::kFail, std::string(kRule), std::move(text), path);
  finding.message = std::move(message);
  finding.source =
      "load_state_dict of modeling_utils.py in 4.36.2, 4.37.2; tried in transformers 4.20.1, "
      "4.37.2, 4.49.0, 4.56.2, 5.2.0, 5.23.0";
  return finding;
}

// What a release before 5 makes of whatever torch raises.
std::string Unreadable(const Situation& s, const Artefact& artefact) {
  return s.base.knowledge.Message(
      "unreadable_checkpoint", s.target,
      {{"{package}", s.package().path}, {"{file}", s.package().path + "/" + artefact.path}});
}

// What is said of a value, by its class in Python, that stands where a tensor should. Of a model's
// first parameter releases up to 4.49 ask the dtype, before they copy any.
std::string NoTensor(const Situation& s, std::string_view name, std::string_view kind,
                     bool is_first) {
  const auto torch_is = [&](std::string_view versions) {
    const Component* torch = s.target.Find("torch");
    const VersionSpec* spec = KnownSpec(versions);
    return torch != nullptr && spec != nullptr && torch->Within(*spec) == Overlap::kAll;
  };
  if (kind == "object" || kind == "name") return {};  // of a class that its words do not tell
  if (s.TransformersIs(">=5.0.0")) {
    if (kind == "str") return "TypeError: string indices must be integers, not 'ellipsis'";
    if (kind == "list" || kind == "tuple" || kind == "torch.Size") {
      return fmt::format("TypeError: {} indices must be integers or slices, not ellipsis",
                         kind == "torch.Size" ? "tuple" : kind);
    }
    return kind == "dict" || kind == "collections.OrderedDict"
               ? "KeyError: Ellipsis"
               : fmt::format("TypeError: '{}' object is not subscriptable", kind);
  }
  if (s.TransformersIs(">=4.56.0")) {
    return fmt::format("AttributeError: '{}' object has no attribute 'to'", kind);
  }
  if (!s.TransformersIs(">=4.11.0,<4.50.0")) return {};
  if (is_first && s.TransformersIs(">=4.45.0")) {
    return fmt::format("AttributeError: '{}'{}", kind, kNoDType);
  }
  const bool is_array = kind == "numpy.ndarray";
  if (torch_is("<1.10")) {
    return is_array ? "TypeError: 'int' object is not callable"
                    : fmt::format("AttributeError: '{}' object has no attribute 'shape'", kind);
  }
  const std::string loaded = LoadedArchitecture(s);
  if (!torch_is(">=1.13") || loaded.empty()) return {};
  return fmt::format(
      "RuntimeError: Error(s) in loading state_dict for {}:\n\tWhile copying the parameter named "
      "\"{}\", expected torch.Tensor or Tensor-like object from checkpoint but received <class "
      "'{}'>",
      loaded, name, kind);
}

// Torch tells each in a line of its own, in the order of the model.
std::string EachInALine(const std::vector<CheckFinding>& found, const ExpectedModel& model) {
  std::string all;
  for (const ExpectedParameter& parameter : model.parameters) {
    const auto own = std::find_if(found.begin(), found.end(), [&](const CheckFinding& finding) {
      return finding.text.starts_with(parameter.name + " in ");
    });
    if (own == found.end() || parameter.is_buffer) continue;
    const size_t line = own->message.find("\n\t");
    if (line == std::string::npos) return {};
    all += all.empty() ? own->message : own->message.substr(line);
  }
  return all;
}

// What a reader of weights only refuses.
std::vector<CheckFinding> RefusedPickle(const Situation& s, const Artefact& artefact) {
  if (!ReadsWeightsOnly(s)) return {};
  const Model& model = *artefact.model;
  const std::string path = Escape(artefact.path);
  const auto refused = std::find_if(model.globals.begin(), model.globals.end(), IsRefused);
  if (refused != model.globals.end()) {
    std::string global = *refused;
    std::replace(global.begin(), global.end(), ' ', '.');
    return {Failure(fmt::format("{} holds {}, and the target lets torch read weights only, which "
                                "refuses that",
                                path, Quote(global)),
                    s.TransformersIs(">=5.0.0") ? "" : Unreadable(s, artefact), artefact.path)};
  }
  // Protocol 4 begins with a frame, an opcode that the reader of weights only has in no release.
  const auto framed =
      std::find_if(model.notes.begin(), model.notes.end(),
                   [](const std::string& note) { return note.starts_with("pickle protocol "); });
  if (framed != model.notes.end()) {
    return {Failure(fmt::format("{}: {}, and the target lets torch read weights only, which knows "
                                "none above 3",
                                path, *framed),
                    s.TransformersIs(">=5.0.0")
                        ? s.base.knowledge.Message("not_a_pickle", s.target, {{"{operand}", "149"}})
                        : Unreadable(s, artefact),
                    artefact.path)};
  }
  return {};
}

}  // namespace

std::vector<CheckFinding> JudgePickledObjects(const Situation& s, const WeightSet& set) {
  for (const size_t file : set.files) {
    const Artefact& artefact = s.package().artefacts[file];
    if (!IsPickled(artefact.format) || !artefact.model) continue;
    if (auto found = RefusedPickle(s, artefact); !found.empty()) return found;
    const bool is_alone = set.files.size() == 1;
    if (auto found = JudgePickledWhole(s, artefact, is_alone); !found.empty()) return found;
  }
  return {};
}

std::vector<CheckFinding> JudgeNoTensors(const Situation& s, const ExpectedModel& model,
                                         const WeightSet& set) {
  std::vector<CheckFinding> found;
  const auto is_wanted = [&](std::string_view name) {
    return std::any_of(model.parameters.begin(), model.parameters.end(),
                       [&](const ExpectedParameter& p) { return p.name == name; });
  };
  const auto is_first = [&](std::string_view name) {
    return !model.parameters.empty() && model.parameters[0].name == name;
  };
  for (const size_t file : set.files) {
    const Artefact& artefact = s.package().artefacts[file];
    std::vector<std::string> others = artefact.model->whole.containers;
    others.insert(others.end(), artefact.model->extras.begin(), artefact.model->extras.end());
    for (const std::string& extra : others) {
      const size_t colon = extra.find(": ");
      const std::string_view name = std::string_view(extra).substr(0, colon);
      if (colon == std::string::npos || !is_wanted(name)) continue;
      const std::string what = extra.substr(colon + 2);
      const std::string kind = what == "None" ? "NoneType" : what.substr(0, what.find(' '));
      const bool is_told = std::any_of(found.begin(), found.end(), [&](const CheckFinding& f) {
        return f.text.starts_with(fmt::format("{} in {} ", name, Escape(artefact.path)));
      });
      if (is_told) continue;
      found.push_back(
          Failure(fmt::format("{} in {} is no tensor, but {}", name, Escape(artefact.path), what),
                  NoTensor(s, name, kind, is_first(name)), artefact.path));
    }
    // Releases that read weights only refuse arrays before.
    for (const Tensor& tensor : artefact.model->tensors) {
      if (!tensor.is_held || !IsPickled(artefact.format) || !is_wanted(tensor.name)) continue;
      found.push_back(Failure(fmt::format("{} in {} is no tensor, but an array of NumPy",
                                          Escape(tensor.name), Escape(artefact.path)),
                              NoTensor(s, tensor.name, "numpy.ndarray", false), artefact.path));
    }
  }
  const auto first = std::find_if(found.begin(), found.end(), [](const CheckFinding& finding) {
    return finding.message.ends_with(kNoDType);
  });
  if (first != found.end()) return {*first};
  if (found.size() > 1 && found[0].message.starts_with("RuntimeError")) {
    found[0].message = EachInALine(found, model);
  }
  if (found.size() > 1) found.erase(found.begin() + 1, found.end());
  return found;
}

}  // namespace weighlock
