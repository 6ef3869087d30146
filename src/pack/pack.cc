// Pack: plan, digests where a manifest is asked for, then every file through a sink.
#include "weighlock/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/staging.h"
#include "base/threads.h"
#include "codec/sha256.h"
#include "pack/manifest.h"
#include "pack/old_sums.h"
#include "pack/pack_plan.h"
#include "package/package_sink.h"
#include "package/unchanged.h"

namespace weighlock {
namespace {

// A package, what is to become of it, and the report of both: its files are the plan's, in the same
// order, and hold their paths.
struct Job {
  OpenedPackage opened;
  PackPlan plan;
  PackReport report;
};

Status AddDigests(Job& job, const PackOptions& options) {
  std::vector<ByteSource> sources;
  for (const PackEntry& entry : job.plan.files) {
    sources.push_back(job.opened.sources[*entry.artefact]);
  }
  WL_TRY(auto digests, DigestsOf(sources, ThreadCount(options.threads), options.progress));
  for (size_t i = 0; i < digests.size(); ++i) {
    job.report.files[i].sha256 = std::move(digests[i]);
  }
  return {};
}

// Digests, and with them the manifest's own files, in their places among the others.
Status AddManifest(Job& job, const PackOptions& options) {
  WL_CHECKED(AddDigests(job, options));
  std::vector<const Artefact*> artefacts;
  for (const PackEntry& entry : job.plan.files) {
    artefacts.push_back(&job.opened.package.artefacts[*entry.artefact]);
  }
  auto& files = job.report.files;
  const std::string& top = job.plan.top;
  const auto add = [&](std::string_view name, std::string text) {
    Sha256 sha;
    sha.Update(AsBytes(text));
    PackedFile file{top + std::string(name), "", text.size(), Role::kDoc, Hex(sha.Finish())};
    const auto place =
        std::lower_bound(files.begin(), files.end(), file.path,
                         [](const PackedFile& f, std::string_view p) { return f.path < p; });
    job.plan.files.insert(job.plan.files.begin() + (place - files.begin()),
                          {"", std::nullopt, std::move(text)});
    files.insert(place, std::move(file));
  };
  files.reserve(files.size() + 2);
  job.plan.files.reserve(files.size() + 2);
  add(kManifestName, ManifestText(files, artefacts, options.layout, top));
  add(kSumsName, SumsText(files, top));
  return {};
}

Status RefuseOldSums(Job& job, const PackOptions& options) {
  const auto& files = job.report.files;
  const std::string& top = job.plan.top;
  std::map<std::string, const ByteSource*> beside;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!files[i].path.starts_with(top)) continue;
    beside.emplace(files[i].path.substr(top.size()),
                   &job.opened.sources[*job.plan.files[i].artefact]);
  }
  const auto list = beside.find(std::string(kSumsName));
  if (list == beside.end()) return {};
  WL_TRY(const std::string why,
         WhySumsDoNotFit(*list->second, beside, options.limits, ThreadCount(options.threads)));
  if (why.empty()) return {};
  job.report.refusals.push_back({Severity::kError,
                                 std::string(kSumsName),
                                 kNoOffset,
                                 why + " (--manifest makes a new one, --drop leaves it out)",
                                 {}});
  return {};
}

Result<Job> Plan(const std::string& folder, const std::string& output, const PackOptions& options) {
  WL_TRY(const PackageKind kind, KindOf(folder));
  if (kind != PackageKind::kFolder) {
    return Error(Code::kUsage, "wanted a folder to pack", kNoOffset, folder);
  }
  Job job;
  WL_TRY(job.opened,
         OpenPackage(folder, options.limits, nullptr, Hold::kNothing, OddNames::kAreFindings));
  WL_TRY(job.plan, MakePackPlan(job.opened, output, options));
  job.report.folders = std::move(job.plan.folders);
  job.report.left_out = std::move(job.plan.left_out);
  job.report.refusals = std::move(job.plan.refusals);
  job.report.notes = std::move(job.plan.notes);
  job.report.files.reserve(job.plan.files.size());
  for (PackEntry& entry : job.plan.files) {
    const Artefact& artefact = job.opened.package.artefacts[*entry.artefact];
    job.report.files.push_back(
        {std::move(entry.path), artefact.path, artefact.size, artefact.role, ""});
    job.report.input_bytes += artefact.size;
  }
  if (!options.manifest) WL_CHECKED(RefuseOldSums(job, options));
  if (!job.report.refusals.empty() || !options.manifest) return job;
  if (options.progress != nullptr) options.progress->Expect(job.report.input_bytes);
  WL_CHECKED(AddManifest(job, options));
  return job;
}

// The artefacts that are packed.
std::vector<size_t> ArtefactsOf(const PackPlan& plan) {
  std::vector<size_t> artefacts;
  for (const PackEntry& entry : plan.files) {
    if (entry.artefact) artefacts.push_back(*entry.artefact);
  }
  return artefacts;
}

class Packer {
 public:
  Packer(Job& job, const PackOptions& options, PackageSink& sink)
      : job_(job), options_(options), sink_(sink) {}

  // Files and empty folders, in one order.
  Status Run() {
    size_t folder = 0;
    const auto& folders = job_.report.folders;
    for (size_t i = 0; i < job_.plan.files.size(); ++i) {
      const PackedFile& file = job_.report.files[i];
      while (folder < folders.size() && folders[folder] < file.path) {
        WL_CHECKED(sink_.Folder(folders[folder++]));
      }
      WL_CHECKED(Write(job_.plan.files[i], file));
    }
    while (folder < folders.size()) WL_CHECKED(sink_.Folder(folders[folder++]));
    return {};
  }

 private:
  Status Write(const PackEntry& entry, const PackedFile& file) {
    if (!entry.artefact) {
      WL_CHECKED(sink_.Begin(file.path, entry.text.size(), /*executable=*/false));
      WL_CHECKED(sink_.Write(AsBytes(entry.text)));
      return sink_.End();
    }
    const ByteSource& source = job_.opened.sources[*entry.artefact];
    const bool executable = job_.opened.package.artefacts[*entry.artefact].executable;
    WL_CHECKED(sink_.Begin(file.path, source.size(), executable));
    WL_CHECKED(file.sha256.empty() ? sink_.WriteFrom(source, options_.progress)
                                   : WriteHashed(source, file.sha256));
    return sink_.End();
  }

  Status WriteHashed(const ByteSource& source, const std::string& digest) {
    Sha256 sha;
    WL_CHECKED(ForEachBlock(source, block_, [&](Bytes bytes) -> Status {
      sha.Update(bytes);
      if (options_.progress != nullptr) options_.progress->Add(bytes.size());
      return sink_.Write(bytes);
    }));
    if (Hex(sha.Finish()) == digest) return {};
    return Error(Code::kMismatch, "it changed while it was packed", kNoOffset, source.name());
  }

  Job& job_;
  const PackOptions& options_;
  PackageSink& sink_;
  ByteVector block_;
};

}  // namespace

Result<PackReport> PlanPack(const std::string& folder, const std::string& output,
                            const PackOptions& options) {
  WL_CHECKED(RefuseTaken(output));
  WL_TRY(Job job, Plan(folder, output, options));
  return std::move(job.report);
}

Result<PackReport> Pack(const std::string& folder, const std::string& output,
                        const PackOptions& options) {
  // The destination first: a refusal should cost nothing. But nothing is staged before the folder
  // is listed, for it may be staged inside it.
  WL_CHECKED(RefuseTaken(output));
  WL_TRY(Job job, Plan(folder, output, options));
  if (!job.report.refusals.empty()) return std::move(job.report);
  WL_TRY(const auto sink, OpenSink(output, ThreadCount(options.threads)));
  if (options.progress != nullptr) options.progress->Expect(job.report.input_bytes);
  WL_CHECKED(Packer(job, options, *sink).Run());
  WL_CHECKED(sink->Finish());
  WL_CHECKED(RefuseChanged(job.opened, ArtefactsOf(job.plan), "packed"));
  WL_TRY(job.report.output_bytes, sink->Commit());
  return std::move(job.report);
}

}  // namespace weighlock
