// What loaders say of a .bin that torch reads, and that is no dict of names: releases before 5 ask
// for its keys, later ones put it into a dict of their own.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "check/loaded_class.h"
#include "check/parameter_match.h"
#include "check/situation.h"

namespace weighlock {
namespace {

constexpr std::array<std::string_view, 3> kMappings = {"dict", "collections.OrderedDict",
                                                       "collections.defaultdict"};

constexpr std::string_view kStorage = "storage";  // of a class that hangs on the release of torch

bool IsMapping(std::string_view type) {
  return std::find(kMappings.begin(), kMappings.end(), type) != kMappings.end();
}

CheckFinding Failure(std::string text, std::string message, const std::string& path) {
  CheckFinding finding =
      MakeFinding(Stage::kWeights, Verdict::kFail, "WL-W-048", std::move(text), path);
  finding.message = std::move(message);
  finding.source =
      "from_pretrained of modeling_utils.py and dict.update of Python; tried in 3.0.2, 4.11.3, "
      "4.22.2, 4.30.2, 4.37.2, 4.45.2, 4.56.2, 5.0.0 and 5.23.0";
  return finding;
}

// dict.update of what is no mapping. Empty: it takes it.
std::string NotUpdated(const Model& model) {
  const PickledWhole& whole = model.whole;
  constexpr std::array<std::string_view, 5> kNoSequences = {"NoneType", "int", "float", "bool",
                                                            "torch.dtype"};
  if (std::find(kNoSequences.begin(), kNoSequences.end(), whole.type) != kNoSequences.end()) {
    return fmt::format("TypeError: '{}' object is not iterable", whole.type);
  }
  const bool is_tensor = whole.type == "Tensor" || whole.type == "Parameter";
  if (is_tensor && !model.tensors.empty() && model.tensors[0].shape.empty()) {
    return "TypeError: iteration over a 0-d tensor";
  }
  if (!whole.no_pair) return {};
  if (!whole.no_pair_size) {
    return fmt::format(
        "TypeError: cannot convert dictionary update sequence element #{} to a sequence",
        *whole.no_pair);
  }
  return fmt::format(
      "ValueError: dictionary update sequence element #{} has length {}; 2 is required",
      *whole.no_pair, *whole.no_pair_size);
}

std::vector<CheckFinding> JudgeType(const Situation& s, const Artefact& artefact, bool is_alone) {
  const PickledWhole& whole = artefact.model->whole;
  if (whole.type.empty() || IsMapping(whole.type)) return {};
  std::string text = fmt::format("{} holds one {}, and no weights by their names",
                                 Escape(artefact.path), whole.type);
  if (!s.TransformersIs(">=5.0.0")) {
    // Releases of 4.50 to 4.57 know the names of shards from their index.
    const char* asked = is_alone || s.TransformersIs("<4.50.0") ? "keys" : "items";
    const bool is_told = s.TransformersIs(">=3.0.0,<5.0.0") && whole.type != kStorage;
    std::string message =
        fmt::format("AttributeError: '{}' object has no attribute '{}'", whole.type, asked);
    return {Failure(std::move(text), is_told ? std::move(message) : "", artefact.path)};
  }
  std::string message = NotUpdated(*artefact.model);
  if (message.empty()) return {};
  return {Failure(std::move(text), std::move(message), artefact.path)};
}

// The first that a release asks of a name that is none. Empty: it hangs on the names before it.
std::string NoText(const Situation& s, const Model& model) {
  const std::string& type = model.whole.odd_key;
  if (s.TransformersIs(">=5.0.0")) {
    return fmt::format("AttributeError: '{}' object has no attribute 'split'", type);
  }
  if (s.TransformersIs(">=3.0.0,<4.46.0")) {
    return type == "tuple" ? "AttributeError: 'tuple' object has no attribute 'startswith'"
                           : fmt::format("TypeError: argument of type '{}' is not iterable", type);
  }
  // Whether any name begins as those of the bare model do is asked before, up to the first that
  // does.
  if (model.tensors.empty()) return {};
  const ExpectedModel* expected = s.matches.Expect(LoadedArchitecture(s), s.target);
  const std::string_view first = model.tensors[0].name;
  const bool is_prefixed = expected != nullptr && first.starts_with(expected->prefix);
  const bool is_odd =
      first.starts_with('<') || first.find_first_not_of("0123456789") == std::string_view::npos;
  if (s.TransformersIs(">=4.49.0,<4.50.0") || (s.TransformersIs(">=4.50.0") && is_prefixed)) {
    return fmt::format("AttributeError: '{}' object has no attribute 'endswith'", type);
  }
  return s.TransformersIs(">=4.50.0") && is_odd
             ? fmt::format("AttributeError: '{}' object has no attribute 'startswith'", type)
             : "";
}

std::vector<CheckFinding> JudgeNames(const Situation& s, const Artefact& artefact, bool is_alone) {
  const PickledWhole& whole = artefact.model->whole;
  if (whole.odd_key.empty() || !IsMapping(whole.type)) return {};
  if (!is_alone && s.TransformersIs(">=4.50.0,<5.0.0")) return {};  // which ask for listed names
  return {
      Failure(fmt::format("a name in {} is no text, but {}", Escape(artefact.path),
                          whole.odd_key == "NoneType" ? "None" : whole.odd_key),
              is_alone || !s.TransformersIs(">=4.46.0,<5.0.0") ? NoText(s, *artefact.model) : "",
              artefact.path)};
}

}  // namespace

std::vector<CheckFinding> JudgePickledWhole(const Situation& s, const Artefact& artefact,
                                            bool is_alone) {
  std::vector<CheckFinding> found = JudgeType(s, artefact, is_alone);
  return found.empty() ? JudgeNames(s, artefact, is_alone) : found;
}

}  // namespace weighlock
