// What a .bin holds besides tensors by name: nothing at all, objects that torch is told not to
// make, values in the place of tensors.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
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

}  // namespace

std::vector<CheckFinding> JudgePickledObjects(const Situation& s, const WeightSet& set) {
  for (const size_t file : set.files) {
    const Artefact& artefact = s.package().artefacts[file];
    if (!IsPickled(artefact.format) || !artefact.model) continue;
    const Model& model = *artefact.model;
    const std::string path = Escape(artefact.path);
    const auto refused = std::find_if(model.globals.begin(), model.globals.end(), IsRefused);
    if (refused != model.globals.end() && ReadsWeightsOnly(s)) {
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
    if (framed != model.notes.end() && ReadsWeightsOnly(s)) {
      return {
          Failure(fmt::format("{}: {}, and the target lets torch read weights only, which knows "
                              "none above 3",
                              path, *framed),
                  s.TransformersIs(">=5.0.0")
                      ? s.base.knowledge.Message("not_a_pickle", s.target, {{"{operand}", "149"}})
                      : Unreadable(s, artefact),
                  artefact.path)};
    }
    const auto& extras = model.extras;
    if (std::find(extras.begin(), extras.end(), "the whole object: None") != extras.end()) {
      return {Failure(path + " holds None, and no weights",
                      s.TransformersIs(">=5.0.0")
                          ? "TypeError: 'NoneType' object is not iterable"
                          : "AttributeError: 'NoneType' object has no attribute 'keys'",
                      artefact.path)};
    }
  }
  return {};
}

std::vector<CheckFinding> JudgeNoTensors(const Situation& s, const ExpectedModel& model,
                                         const WeightSet& set) {
  for (const size_t file : set.files) {
    const Artefact& artefact = s.package().artefacts[file];
    for (const std::string& extra : artefact.model->extras) {
      const size_t colon = extra.find(": ");
      const std::string_view name = std::string_view(extra).substr(0, colon);
      const bool is_wanted =
          colon != std::string::npos &&
          std::any_of(model.parameters.begin(), model.parameters.end(),
                      [&](const ExpectedParameter& p) { return p.name == name; });
      if (!is_wanted) continue;
      return {Failure(fmt::format("{} in {} is no tensor, but {}", name, Escape(artefact.path),
                                  extra.substr(colon + 2)),
                      "", artefact.path)};
    }
  }
  return {};
}

}  // namespace weighlock
