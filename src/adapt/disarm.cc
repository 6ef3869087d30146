// The scan is asked twice: of what comes in, and of what would go out.
#include "adapt/disarm.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "scan/pickle/name_policy.h"
#include "weighlock/scan.h"

namespace weighlock {
namespace {

ScanOptions ScanOptionsOf(const AdaptOptions& options) {
  ScanOptions scan;
  scan.threads = options.threads;
  scan.limits = options.limits;
  return scan;
}

// "a.bin" of "model/a.bin!archive/data.pkl", of the package "model"; of "model.tar.gz!a.bin!x", of
// "model.tar.gz"; the name of a file that is the package itself.
std::string ArtefactOf(const std::string& path, const std::string& input) {
  if (path == input) return path.substr(path.rfind('/') + 1);
  std::string rest = path.substr(std::min(input.size(), path.size()));
  while (rest.starts_with('/') || rest.starts_with('!')) rest.erase(0, 1);
  if (path.substr(0, input.size()) != input) return path;
  // A file that is the package, and a member of it.
  if (path.size() > input.size() && path[input.size()] == '!') {
    const std::string name = input.substr(input.rfind('/') + 1);
    const bool is_archive = name.ends_with(".tar") || name.ends_with(".gz") ||
                            name.ends_with(".tgz") || name.ends_with(".zip");
    if (!is_archive) return name;
  }
  return rest.substr(0, rest.find('!'));
}

}  // namespace

Result<std::map<std::string, std::string>> CondemnedArtefacts(const std::string& input,
                                                              const AdaptOptions& options) {
  WL_TRY(const ScanReport report, Scan({input}, ScanOptionsOf(options)));
  std::map<std::string, std::string> condemned;
  for (const ScanFinding& finding : report.findings) {  // the worst of each comes first
    if (finding.level < Level::kMedium && finding.level != Level::kInconclusive) continue;
    condemned.try_emplace(
        ArtefactOf(finding.path, input),
        fmt::format("{} {}: {}", LevelName(finding.level), finding.rule, finding.text));
  }
  return condemned;
}

bool MayStayDisarmed(std::string_view module, std::string_view name) {
  const scan::NamePolicy policy = scan::LookupName(module, name);
  return policy.standing == scan::Standing::kAllowed && policy.rule != "load-bytes" &&
         policy.rule != "script";
}

Status RefuseDisarmedOutput(const std::string& output) {
  WL_TRY(const PackageKind kind, OutputKind(output));
  if (kind == PackageKind::kFolder) return {};
  return Error(
      Code::kUsage,
      "--disarm writes a new folder, which is scanned before it appears; weighlock pack makes "
      "an archive of it",
      kNoOffset, output);
}

Status ProveDisarmed(const PackageSink& sink, const AdaptOptions& options) {
  const std::string staged = sink.StagedPath();
  WL_TRY(const ScanReport report, Scan({staged}, ScanOptionsOf(options)));
  if (report.clean()) return {};
  for (const ScanFinding& finding : report.findings) {
    return Error(Code::kMismatch,
                 fmt::format("what would be written is not clean, so nothing was: {}: {}",
                             finding.rule, finding.text),
                 finding.offset, ArtefactOf(finding.path, staged));
  }
  return Error(Code::kMismatch, "what would be written is not clean, so nothing was");
}

}  // namespace weighlock
