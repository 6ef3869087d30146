// Weights under a false flag (an LFS pointer, a web page) are said to be just that.
#include "package/examine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "format/formats.h"
#include "package/config_facts.h"
#include "package/roles.h"

namespace weighlock {
namespace {

// What a text file under a weights name most likely is, or nothing.
std::string FalseFlag(Format format) {
  switch (format) {
    case Format::kGitLfsPointer:
      return "this is a git-lfs pointer, not weights: the repository was cloned without git-lfs "
             "(git lfs pull fetches the file)";
    case Format::kHtml:
      return "this is a web page, not weights: the download answered with an error or a login page";
    case Format::kJson:
      return "this is JSON text, not weights: perhaps a server's error answer";
    case Format::kText:
      return "this is text, not weights";
    case Format::kEmpty:
      return "the file is empty";
    default:
      return {};
  }
}

// Whether it is what torch.optim saves, {"state": ..., "param_groups": [...]}, however it is
// called.
bool IsOptimizerState(const Model& model) {
  const auto is_below = [](std::string_view name, std::string_view key) {
    return name.starts_with(key) && name.size() > key.size() &&
           (name[key.size()] == '.' || name[key.size()] == ':');
  };
  bool has_groups = false;
  const auto fits = [&](std::string_view name) {
    has_groups = has_groups || is_below(name, "param_groups");
    return is_below(name, "state") || is_below(name, "param_groups");
  };
  return std::all_of(model.tensors.begin(), model.tensors.end(),
                     [&](const Tensor& tensor) { return fits(tensor.name); }) &&
         std::all_of(model.extras.begin(), model.extras.end(), fits) && has_groups;
}

bool IsIndex(const std::string& path) {
  return path.ends_with(".json");
}

}  // namespace

bool WantsModel(Role role) {
  return role == Role::kWeights || role == Role::kTrainingState;
}

Artefact Examine(const ByteSource& source, const std::string& path, const Limits& limits,
                 std::vector<Finding>& findings) {
  Artefact artefact{path, source.size(), Format::kUnknown, RoleOf(path), std::nullopt};
  const auto report = [&](Severity severity, const Error& error) {
    findings.push_back({severity, path, error.offset(), error.what(), error.code()});
  };
  auto head = source.Head(kHeadSize);
  if (!head) {
    report(Severity::kError, head.error());
    return artefact;
  }
  artefact.format = Recognise(*head, source.size());
  // Tensors give an unknown name its role. A bare pickle may be anything.
  if (artefact.role == Role::kOther && HasModel(artefact.format) &&
      artefact.format != Format::kPickle) {
    artefact.role = Role::kWeights;
  }
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name == "config.json" || name.ends_with("_config.json")) {
    auto facts = ReadConfigFacts(source, limits);
    artefact.names_code = facts && facts->names_code;
    if (name == "config.json") artefact.config = std::move(facts);
  }
  const Role role = CheckpointOf(path).empty() ? artefact.role : RoleOutsideCheckpoint(path);
  if (!WantsModel(role) || IsIndex(path)) return artefact;
  const Severity severity = artefact.role == Role::kWeights ? Severity::kError : Severity::kWarning;
  if (const std::string what = FalseFlag(artefact.format); !what.empty()) {
    findings.push_back({severity, path, kNoOffset, what});
    return artefact;
  }
  // A name that promises safetensors is held to it, however its bytes begin.
  Format format = artefact.format;
  if (!HasModel(format) && path.ends_with(".safetensors")) format = Format::kSafetensors;
  if (!HasModel(format)) return artefact;
  auto model = ReadModel(format, source, limits);
  if (!model) {
    report(severity, model.error());
    return artefact;
  }
  artefact.model = *std::move(model);
  if (artefact.role == Role::kWeights && IsOptimizerState(*artefact.model)) {
    artefact.role = Role::kTrainingState;
  }
  for (const std::string& secret : artefact.model->secrets) {
    findings.push_back(
        {Severity::kWarning, path, kNoOffset,
         fmt::format("{} holds a secret: whoever gets the file has it", Quote(secret))});
  }
  for (const std::string& note : artefact.model->notes) {
    findings.push_back({Severity::kNote, path, kNoOffset, note});
  }
  return artefact;
}

}  // namespace weighlock
