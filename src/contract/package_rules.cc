// WL-H-032, WL-H-033 and what [package] lets in: the package's own name, its pickles, its links.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/escape.h"
#include "contract/contract_findings.h"
#include "contract/file_classes.h"
#include "package/name_pattern.h"

namespace weighlock {
namespace {

void JudgeName(ContractFindings& out) {
  const std::string& pattern = out.contract.name_pattern;
  if (pattern.empty()) return;
  std::error_code error;
  const auto path = std::filesystem::canonical(out.package().path, error);
  const std::string name = (error ? std::filesystem::path(out.package().path) : path).filename();
  if (NamePattern(pattern).Fits(name)) return;
  out.Fail("WL-H-032", fmt::format("the package is called {}; the contract takes {}",
                                   Quote(name, 120), Quote(pattern, 120)));
}

// What torch.save writes of tensors by name names nothing else.
bool IsOfStateDicts(std::string_view global) {
  for (const std::string_view module : {"torch._utils _rebuild_", "torch._tensor _rebuild_"}) {
    if (global.starts_with(module)) return true;
  }
  if (global == "collections OrderedDict" || global == "torch Size" || global == "torch device" ||
      global == "torch.serialization _get_layout") {
    return true;
  }
  const bool storage = global.starts_with("torch ") || global.starts_with("torch.storage ");
  return storage && global.ends_with("Storage");
}

// Why a pickle is more than a state dict; empty: it is one.
std::string MoreThanStateDict(const Artefact& artefact) {
  if (!artefact.model) return "is a pickle that cannot be read as one";
  const Model& model = *artefact.model;
  const auto other = std::find_if_not(model.globals.begin(), model.globals.end(), IsOfStateDicts);
  if (other != model.globals.end()) return "names " + Quote(*other, 80);
  if (!model.extras.empty()) return "holds " + Quote(model.extras[0], 80) + " beside tensors";
  return model.tensors.empty() ? "holds no tensors" : "";
}

void JudgePickles(ContractFindings& out) {
  const std::string& word = out.contract.allow_pickle;
  if (word.empty() || word == "any") return;
  for (const Artefact& artefact : out.package().artefacts) {
    if (!IsOfClass("pickle", artefact)) continue;
    if (word == "none") {
      out.Fail("WL-H-033",
               fmt::format("{} is a pickle; the contract takes none", Escape(artefact.path)),
               artefact.path);
      continue;
    }
    const std::string more = MoreThanStateDict(artefact);
    if (more.empty()) continue;
    out.Fail("WL-H-033",
             fmt::format("{} {}; the contract takes pickles that are state dicts alone",
                         Escape(artefact.path), more),
             artefact.path);
  }
}

void JudgeLinks(ContractFindings& out) {
  if (out.contract.symlinks != false) return;
  for (const Artefact& artefact : out.package().artefacts) {
    if (!artefact.linked) continue;
    out.Fail("WL-H-013",
             fmt::format("{} is a symbolic link, which the contract forbids: weighlock pack puts "
                         "the file in its place",
                         Escape(artefact.path)),
             artefact.path);
  }
}

void JudgeExtraFiles(ContractFindings& out) {
  const auto& artefacts = out.package().artefacts;
  for (const auto& [pattern, required] : out.contract.extra_files) {
    const NamePattern wanted(pattern);
    const bool there = std::any_of(artefacts.begin(), artefacts.end(),
                                   [&](const Artefact& a) { return wanted.Fits(out.Inner(a)); });
    if (there || !required) continue;
    out.Fail("WL-H-010",
             fmt::format("there is no {}, which the contract requires", Escape(pattern)));
  }
}

}  // namespace

void JudgePackageRules(ContractFindings& out) {
  JudgeName(out);
  JudgePickles(out);
  JudgeLinks(out);
  JudgeExtraFiles(out);
}

}  // namespace weighlock
