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

// Whether torch refuses "module name" where it reads weights only. Of torch's own it takes what
// tensors are made of, and no modules.
bool IsRefused(std::string_view global) {
  constexpr std::array<std::string_view, 6> kTaken = {"torch",   "collections", "builtins",
                                                      "_codecs", "__builtin__", "copyreg"};
  const std::string_view root = global.substr(0, global.find_first_of(". "));
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

// What is said of a value, by its class in Python, that stands where a tensor should.
std::string NoTensor(const Situation& s, std::string_view name, std::string_view kind) {
  const auto torch_is = [&](std::string_view versions) {
    const Component* torch = s.target.Find("torch");
    const VersionSpec* spec = KnownSpec(versions);
    return torch != nullptr && spec != nullptr && torch->Within(*spec) == Overlap::kAll;
  };
  if (s.TransformersIs(">=5.0.0")) {
    if (kind == "str") return "TypeError: string indices must be integers, not 'ellipsis'";
    if (kind == "list" || kind == "tuple") {
      return fmt::format("TypeError: {} indices must be integers or slices, not ellipsis", kind);
    }
    return kind == "dict" ? "KeyError: Ellipsis"
                          : fmt::format("TypeError: '{}' object is not subscriptable", kind);
  }
  if (s.TransformersIs(">=4.56.0")) {
    return fmt::format("AttributeError: '{}' object has no attribute 'to'", kind);
  }
  if (!s.TransformersIs(">=4.11.0,<4.50.0")) return {};
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

// A file that holds a number, or a text.
std::vector<CheckFinding> PlainWhole(const Situation& s, const Model& model,
                                     const std::string& path) {
  constexpr std::string_view kWhole = "the whole object: ";
  for (const std::string& extra : model.extras) {
    if (!extra.starts_with(kWhole) || !model.tensors.empty()) continue;
    const std::string kind =
        extra.substr(kWhole.size(), extra.find(' ', kWhole.size()) - kWhole.size());
    if (kind != "int" && kind != "float" && kind != "bool" && kind != "str") continue;
    std::string message;
    if (s.TransformersIs(">=4.11.0,<5.0.0")) {
      message = fmt::format("AttributeError: '{}' object has no attribute 'keys'", kind);
    } else if (s.TransformersIs(">=5.0.0")) {
      message = kind == "str" ? "ValueError: dictionary update sequence element #0 has length 1; 2 "
                                "is required"
                              : fmt::format("TypeError: '{}' object is not iterable", kind);
    }
    return {Failure(fmt::format("{} holds one {}, and no weights", Escape(path), kind),
                    std::move(message), path)};
  }
  return {};
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
    const Model& model = *artefact.model;
    const std::string path = Escape(artefact.path);
    if (auto found = RefusedPickle(s, artefact); !found.empty()) return found;
    const auto& extras = model.extras;
    if (std::find(extras.begin(), extras.end(), "the whole object: None") != extras.end()) {
      return {Failure(path + " holds None, and no weights",
                      s.TransformersIs(">=5.0.0")
                          ? "TypeError: 'NoneType' object is not iterable"
                          : "AttributeError: 'NoneType' object has no attribute 'keys'",
                      artefact.path)};
    }
    if (auto found = PlainWhole(s, model, artefact.path); !found.empty()) return found;
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
  for (const size_t file : set.files) {
    const Artefact& artefact = s.package().artefacts[file];
    for (const std::string& extra : artefact.model->extras) {
      const size_t colon = extra.find(": ");
      const std::string_view name = std::string_view(extra).substr(0, colon);
      if (colon == std::string::npos || !is_wanted(name)) continue;
      const std::string what = extra.substr(colon + 2);
      const std::string kind = what == "None" ? "NoneType" : what.substr(0, what.find(' '));
      found.push_back(
          Failure(fmt::format("{} in {} is no tensor, but {}", name, Escape(artefact.path), what),
                  NoTensor(s, name, kind), artefact.path));
    }
    // Releases that read weights only refuse arrays before.
    for (const Tensor& tensor : artefact.model->tensors) {
      if (!tensor.is_held || !IsPickled(artefact.format) || !is_wanted(tensor.name)) continue;
      found.push_back(Failure(fmt::format("{} in {} is no tensor, but an array of NumPy",
                                          Escape(tensor.name), Escape(artefact.path)),
                              NoTensor(s, tensor.name, "numpy.ndarray"), artefact.path));
    }
  }
  // Each is told in a line of its own where torch tells them.
  if (found.size() > 1 && found[0].message.starts_with("RuntimeError")) found[0].message.clear();
  if (found.size() > 1) found.erase(found.begin() + 1, found.end());
  return found;
}

}  // namespace weighlock
