// First what stays out, then what is refused, then where the rest goes.
#include "pack/pack_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/escape.h"
#include "pack/manifest.h"
#include "pack/pack_layout.h"
#include "pack/pack_places.h"
#include "package/hand_over.h"
#include "package/package_sink.h"
#include "package/roles.h"

namespace weighlock {
namespace {

constexpr std::string_view kJunk = "junk: no runtime reads it";

// Why a file or an empty folder stays out, or nothing.
std::string WhyLeftOut(const std::string& path, Role role, const PackOptions& options) {
  if (MatchesAny(options.drop, path)) return "as asked";
  if (MatchesAny(options.keep, path)) return {};
  if (role == Role::kJunk) return std::string(kJunk);
  if (options.exclude_training_state && role == Role::kTrainingState) {
    return "training state: inference never reads it";
  }
  return {};
}

Status Judge(const Artefact& artefact, const ByteSource& source, const PackOptions& options,
             PackPlan& plan) {
  const auto refuse = [&](std::string_view why, std::string_view option) {
    plan.refusals.push_back(RefusedUnless(artefact.path, why, option, "packs"));
  };
  if (artefact.linked && !options.follow_links) {
    refuse("a symbolic link; unpackers refuse links, or follow them anywhere", kFollowLinks);
  }
  if (artefact.format == Format::kGitLfsPointer && !options.allow_pointers) {
    refuse("a git-lfs pointer, not the file: git lfs pull fetches it", "allow-pointers");
  }
  if (options.allow_secrets) return {};
  WL_TRY(const auto secrets, SecretsOf(artefact, source));
  for (const std::string& secret : secrets) refuse(secret, kAllowSecrets);
  return {};
}

// What the folder's listing and the examination found, of files that are to go in. kIo: the disk
// failed while something was examined, so that nobody knows what it is.
Status JudgeFindings(const Package& package, const std::vector<std::string>& packed,
                     const PackOptions& options, PackPlan& plan) {
  std::map<std::string_view, const Artefact*> artefacts;
  for (const Artefact& artefact : package.artefacts) artefacts[artefact.path] = &artefact;
  const auto refuse = [&](const Finding& finding, std::string_view way_out) {
    plan.refusals.push_back({Severity::kError, finding.path, finding.offset,
                             fmt::format("{} ({})", finding.text, way_out), finding.code});
  };
  for (const Finding* finding : FindingsOnNoArtefact(package)) {
    if (MatchesAny(options.drop, finding->path)) {
      plan.left_out.push_back({finding->path, "as asked"});
    } else if (finding->code == Code::kIo) {
      return AsError(*finding);
    } else if (RoleOf(finding->path) == Role::kJunk) {
      plan.left_out.push_back({finding->path, std::string(kJunk)});
    } else {
      refuse(*finding, "--drop leaves it out");
    }
  }
  for (const Finding& finding : package.findings) {
    const auto found = artefacts.find(finding.path);
    const bool is_artefact = found != artefacts.end();
    if (is_artefact && !std::binary_search(packed.begin(), packed.end(), finding.path)) continue;
    if (!is_artefact && !finding.path.empty()) continue;
    if (finding.code == Code::kIo && !MatchesAny(options.drop, finding.path)) {
      return AsError(finding);
    }
    if (finding.severity != Severity::kError || options.allow_broken) continue;
    // A pointer was said to be one already, in words of its own.
    if (is_artefact && found->second->format == Format::kGitLfsPointer) continue;
    refuse(finding, "--allow-broken packs it");
  }
  return {};
}

// What --drop names is often a secret: a pattern that matches nothing is a slip.
void NoteIdlePatterns(const Package& package, const PackOptions& options, PackPlan& plan) {
  std::vector<std::string_view> paths;
  for (const Artefact& artefact : package.artefacts) paths.push_back(artefact.path);
  for (const Finding& finding : package.findings) paths.push_back(finding.path);
  for (const std::string& folder : package.empty_folders) paths.push_back(folder);
  AddIdlePatterns("--drop", options.drop, paths, plan.notes);
  AddIdlePatterns("--keep", options.keep, paths, plan.notes);
}

// What is to go in, before it has a place.
struct Chosen {
  std::vector<size_t> artefacts;
  std::vector<std::string> files;  // their paths in the folder
  std::vector<std::string> folders;
};

Chosen Choose(const Package& package, const PackOptions& options, PackPlan& plan) {
  Chosen chosen;
  const auto goes_in = [&](const std::string& path, Role role) {
    std::string why = WhyLeftOut(path, role, options);
    if (why.empty()) return true;
    plan.left_out.push_back({path, std::move(why)});
    return false;
  };
  for (size_t i = 0; i < package.artefacts.size(); ++i) {
    const Artefact& artefact = package.artefacts[i];
    if (!goes_in(artefact.path, artefact.role)) continue;
    chosen.artefacts.push_back(i);
    chosen.files.push_back(artefact.path);
  }
  for (const std::string& folder : package.empty_folders) {
    // The slash makes it what is in a folder of its name.
    if (goes_in(folder, RoleOf(folder + "/"))) chosen.folders.push_back(folder);
  }
  return chosen;
}

// An old manifest where the new one goes, wherever it comes from, gives way.
void LeaveOutOldManifest(ArchivePaths& paths, Chosen& chosen, PackPlan& plan) {
  size_t kept = 0;
  for (size_t i = 0; i < chosen.files.size(); ++i) {
    const std::string_view placed = paths.files[i];
    if (placed.starts_with(paths.top) && IsManifestName(placed.substr(paths.top.size()))) {
      plan.left_out.push_back({chosen.files[i], "a new one is made"});
      continue;
    }
    if (kept != i) {
      paths.files[kept] = std::move(paths.files[i]);
      chosen.files[kept] = std::move(chosen.files[i]);
      chosen.artefacts[kept] = chosen.artefacts[i];
    }
    ++kept;
  }
  paths.files.resize(kept);
  chosen.files.resize(kept);
  chosen.artefacts.resize(kept);
}

}  // namespace

Result<PackPlan> MakePackPlan(const OpenedPackage& opened, const std::string& output,
                              const PackOptions& options) {
  const Package& package = opened.package;
  PackPlan plan;
  Chosen chosen = Choose(package, options, plan);
  WL_TRY(const PackageKind kind, OutputKind(output));
  WL_TRY(ArchivePaths paths, PlacePaths(package, chosen.files, chosen.folders, kind, options));
  if (options.manifest) LeaveOutOldManifest(paths, chosen, plan);
  for (const size_t i : chosen.artefacts) {
    WL_CHECKED(Judge(package.artefacts[i], opened.sources[i], options, plan));
  }
  WL_CHECKED(JudgeFindings(package, chosen.files, options, plan));
  NoteIdlePatterns(package, options, plan);
  WL_CHECKED(JudgePlaces(paths, chosen.files, chosen.folders, options, plan).In(package.path));
  for (size_t i = 0; i < chosen.files.size(); ++i) {
    plan.files.push_back({std::move(paths.files[i]), chosen.artefacts[i], {}});
  }
  plan.folders = std::move(paths.folders);
  std::sort(plan.folders.begin(), plan.folders.end());
  plan.top = std::move(paths.top);
  plan.notes.insert(plan.notes.end(), paths.notes.begin(), paths.notes.end());
  std::stable_sort(plan.left_out.begin(), plan.left_out.end(),
                   [](const LeftOutFile& a, const LeftOutFile& b) { return a.path < b.path; });
  std::stable_sort(plan.refusals.begin(), plan.refusals.end(),
                   [](const Finding& a, const Finding& b) { return a.path < b.path; });
  std::sort(plan.files.begin(), plan.files.end(),
            [](const PackEntry& a, const PackEntry& b) { return a.path < b.path; });
  if (plan.files.empty() && plan.refusals.empty()) {
    return Error(Code::kUnrecognised, "there is nothing in it to pack", kNoOffset, package.path);
  }
  return plan;
}

}  // namespace weighlock
