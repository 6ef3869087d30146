// First what stays out, then what is refused, then where the rest goes.
#include "pack/pack_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/escape.h"
#include "base/package_path.h"
#include "model/secrets.h"
#include "pack/manifest.h"
#include "pack/pack_layout.h"
#include "package/package_sink.h"
#include "package/roles.h"

namespace weighlock {
namespace {

constexpr std::string_view kJunk = "junk: no runtime reads it";

// Why an artefact stays out, or nothing.
std::string WhyLeftOut(const Artefact& artefact, const PackOptions& options) {
  if (MatchesAny(options.drop, artefact.path)) return "as asked";
  if (options.manifest && IsManifestName(artefact.path)) return "a new one is made";
  if (MatchesAny(options.keep, artefact.path)) return {};
  if (artefact.role == Role::kJunk) return std::string(kJunk);
  if (options.exclude_training_state && artefact.role == Role::kTrainingState) {
    return "training state: inference never reads it";
  }
  return {};
}

void Refuse(PackPlan& plan, const std::string& path, std::string why, std::string_view option) {
  plan.refusals.push_back(
      {Severity::kError, path, kNoOffset, fmt::format("{} (--{} packs it)", why, option), {}});
}

void RefuseName(PackPlan& plan, const std::string& path, std::string_view why) {
  plan.refusals.push_back({Severity::kError,
                           path,
                           kNoOffset,
                           fmt::format("{}: rename it (--drop leaves it out)", why),
                           {}});
}

// The first token in a text of modest size. Vocabularies are longer, and hold all kinds of words.
Result<std::string> TokenIn(const Artefact& artefact, const ByteSource& source) {
  constexpr uint64_t kMost = 1 << 20;
  const bool is_text = artefact.format == Format::kJson || artefact.format == Format::kText;
  if (!is_text || artefact.size > kMost) return std::string();
  auto text = source.Read(0, source.size());
  if (!text) return std::move(text).error().In(artefact.path);
  return std::string(FindToken(AsText(*text)));
}

Status Judge(const Artefact& artefact, const ByteSource& source, const PackOptions& options,
             PackPlan& plan) {
  const std::string& path = artefact.path;
  if (artefact.linked && !options.follow_links) {
    Refuse(plan, path, "a symbolic link; unpackers refuse links, or follow them anywhere",
           "follow-links");
  }
  if (artefact.format == Format::kGitLfsPointer && !options.allow_pointers) {
    Refuse(plan, path, "a git-lfs pointer, not the file: git lfs pull fetches it",
           "allow-pointers");
  }
  if (options.allow_secrets) return {};
  if (IsSecretFile(path)) {
    Refuse(plan, path, "by its name it holds a password, a token or a private key",
           "allow-secrets");
    return {};
  }
  WL_TRY(const std::string token, TokenIn(artefact, source));
  if (!token.empty()) {
    Refuse(plan, path,
           token.starts_with("PRIVATE KEY")
               ? "a private key is in it"
               : fmt::format("{}... in it is a secret", Escape(token.substr(0, 8))),
           "allow-secrets");
  }
  if (!artefact.model) return {};
  for (const std::string& secret : artefact.model->secrets) {
    Refuse(plan, path, fmt::format("{} in it is a secret", Escape(secret)), "allow-secrets");
  }
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
  for (const Finding& finding : package.findings) {
    const auto found = artefacts.find(finding.path);
    const bool is_artefact = found != artefacts.end();
    const bool dropped = MatchesAny(options.drop, finding.path);
    if (is_artefact && !std::binary_search(packed.begin(), packed.end(), finding.path)) continue;
    if (finding.code == Code::kIo && !dropped) return AsError(finding);
    if (!is_artefact && !finding.path.empty()) {
      // A link to a folder or to nowhere, a device.
      if (dropped) {
        plan.left_out.push_back({finding.path, "as asked"});
      } else if (RoleOf(finding.path) == Role::kJunk) {
        plan.left_out.push_back({finding.path, std::string(kJunk)});
      } else {
        refuse(finding, "--drop leaves it out");
      }
      continue;
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
  AddIdlePatterns("--drop", options.drop, paths, plan.notes);
  AddIdlePatterns("--keep", options.keep, paths, plan.notes);
}

// Holds the places of files and empty folders against what names may be, and against one another:
// two that some system takes for one must not travel together. `sources` are the paths of
// `paths.files` in the folder.
Status JudgePlaces(const ArchivePaths& paths, const std::vector<std::string>& sources,
                   const PackOptions& options, PackPlan& plan) {
  PathSet distinct(options.limits);
  const auto place = [&](const std::string& path, PathSet::Kind kind,
                         const std::string& source) -> Status {
    auto plain = NormalisePath(path, options.limits);
    Status placed = plain ? distinct.Add(path, kind, kNoOffset) : Status(std::move(plain).error());
    if (placed) return {};
    const bool is_moved = options.layout == PackLayout::kSageMaker && path != source;
    RefuseName(plan, source,
               is_moved
                   ? fmt::format("the layout puts it at {}, where something else is", Quote(path))
                   : placed.error().what());
    return {};
  };
  for (size_t i = 0; i < sources.size(); ++i) {
    WL_CHECKED(place(paths.files[i], PathSet::Kind::kFile, sources[i]));
    if (const std::string_view why = WhyNotPortable(paths.files[i]); !why.empty()) {
      plan.notes.push_back(fmt::format("{} {}", Quote(paths.files[i]), why));
    }
  }
  for (const std::string& folder : paths.folders) {
    WL_CHECKED(place(folder, PathSet::Kind::kDirectory, folder));
  }
  return {};
}

}  // namespace

Result<PackPlan> MakePackPlan(const OpenedPackage& opened, const std::string& output,
                              const PackOptions& options) {
  const Package& package = opened.package;
  PackPlan plan;
  std::vector<size_t> chosen;
  std::vector<std::string> packed;
  for (size_t i = 0; i < package.artefacts.size(); ++i) {
    const Artefact& artefact = package.artefacts[i];
    if (std::string why = WhyLeftOut(artefact, options); !why.empty()) {
      plan.left_out.push_back({artefact.path, std::move(why)});
      continue;
    }
    WL_CHECKED(Judge(artefact, opened.sources[i], options, plan));
    chosen.push_back(i);
    packed.push_back(artefact.path);
  }
  WL_CHECKED(JudgeFindings(package, packed, options, plan));
  NoteIdlePatterns(package, options, plan);
  WL_TRY(const PackageKind kind, OutputKind(output));
  WL_TRY(ArchivePaths paths, PlacePaths(package, packed, kind, options));
  WL_CHECKED(JudgePlaces(paths, packed, options, plan));
  for (size_t i = 0; i < chosen.size(); ++i) {
    plan.files.push_back({std::move(paths.files[i]), chosen[i], {}});
  }
  plan.folders = std::move(paths.folders);
  plan.notes.insert(plan.notes.end(), paths.notes.begin(), paths.notes.end());
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
