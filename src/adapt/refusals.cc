// pack refuses every link, for what it makes is meant for strangers; here a link is followed as
// long as it ends in the package, or in the hub cache that the package is a snapshot of.
#include "adapt/refusals.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/escape.h"
#include "package/hand_over.h"
#include "package/links.h"
#include "package/roles.h"

namespace weighlock {
namespace {

constexpr std::string_view kDoes = "keeps";

bool IsLeftOut(const std::string& path, const AdaptOptions& options) {
  return MatchesAny(options.drop, path) || RoleOf(path) == Role::kJunk;
}

bool LeadsOutOf(const Package& package, const Artefact& artefact) {
  if (!artefact.linked) return false;
  return LeadsOut(package.path, (std::filesystem::path(package.path) / artefact.path).string());
}

}  // namespace

Status RefuseUnread(const Package& package, const AdaptOptions& options) {
  for (const Finding& finding : package.findings) {
    if (finding.path.empty() && finding.severity == Severity::kError) return AsError(finding);
  }
  for (const Finding* finding : FindingsOnNoArtefact(package)) {
    if (finding->severity != Severity::kError || IsLeftOut(finding->path, options)) continue;
    Finding advised = *finding;
    advised.text += " (--drop leaves it out)";
    return AsError(advised);
  }
  return {};
}

void NoteEmptyFolders(const Package& package, const AdaptOptions& options, Plan& plan) {
  std::vector<std::string> names;
  for (const std::string& folder : package.empty_folders) {
    if (!IsLeftOut(folder + "/", options) && !MatchesAny(options.drop, folder)) {
      names.push_back(Escape(folder) + "/");
    }
  }
  if (names.empty()) return;
  constexpr size_t kMost = 3;
  const size_t shown = std::min(names.size(), kMost);
  std::string text = fmt::format("left out, being empty: {}", names[0]);
  for (size_t i = 1; i < shown; ++i) text += ", " + names[i];
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  plan.notes.push_back(std::move(text));
}

Status JudgeHandOver(const OpenedPackage& opened, const AdaptOptions& options, Plan& plan) {
  const Package& package = opened.package;
  for (const Finding* finding : FindingsOnNoArtefact(package)) {
    if (IsLeftOut(finding->path, options)) continue;
    plan.refusals.push_back({Severity::kError, finding->path, finding->offset,
                             finding->text + " (--drop leaves it out)", finding->code});
  }
  std::map<std::string_view, size_t> index_of;
  for (size_t i = 0; i < package.artefacts.size(); ++i) index_of[package.artefacts[i].path] = i;
  for (const Step& step : plan.steps) {
    if (step.action == Action::kDrop) continue;
    const bool is_kept = step.action == Action::kKeep || step.action == Action::kRewrite;
    for (const std::string& path : step.inputs) {
      const size_t index = index_of.at(path);
      const Artefact& artefact = package.artefacts[index];
      if (!options.follow_links && LeadsOutOf(package, artefact)) {
        plan.refusals.push_back(RefusedUnless(
            path, "a symbolic link out of the package; what it points to is not of it",
            kFollowLinks, kDoes));
      }
      if (!is_kept || options.allow_secrets) continue;
      WL_TRY(const auto secrets, SecretsOf(artefact, opened.sources[index]));
      for (const std::string& secret : secrets) {
        plan.refusals.push_back(RefusedUnless(path, secret, kAllowSecrets, kDoes));
      }
    }
  }
  std::stable_sort(plan.refusals.begin(), plan.refusals.end(),
                   [](const Finding& a, const Finding& b) { return a.path < b.path; });
  NoteEmptyFolders(package, options, plan);
  return {};
}

}  // namespace weighlock
