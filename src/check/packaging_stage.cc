// What a platform does with the package before any loader sees it.
#include <algorithm>

#include "check/packaging.h"

namespace weighlock {

bool TakesFolder(Platform platform) {
  return platform == Platform::kTgi || platform == Platform::kVllm || platform == Platform::kTei;
}

bool IsArchive(PackageKind kind) {
  return kind == PackageKind::kTar || kind == PackageKind::kTarGz || kind == PackageKind::kZip;
}

bool BringsItsLoader(const Situation& s) {
  const auto& artefacts = s.package().artefacts;
  return IsSageMaker(s.target.platform) &&
         std::any_of(artefacts.begin(), artefacts.end(),
                     [](const Artefact& a) { return a.path == "code/inference.py"; });
}

std::string ExtractionMessage() {
  return "Failed to extract model data archive for container \"container_1\" from URL \"...\". "
         "Please ensure that the object located at the URL is a valid tar.gz archive.";
}

std::string CheckpointOf(std::string_view path) {
  while (path.find('/') != std::string_view::npos) {
    const std::string_view folder = path.substr(0, path.find('/'));
    path.remove_prefix(folder.size() + 1);
    constexpr std::string_view kPrefix = "checkpoint-";
    if (!folder.starts_with(kPrefix) || folder.size() == kPrefix.size()) continue;
    if (folder.find_first_not_of("0123456789", kPrefix.size()) != std::string_view::npos) continue;
    return std::string(folder);
  }
  return {};
}

std::vector<CheckFinding> JudgePackaging(const Situation& situation) {
  PackagingFindings findings;
  for (const auto judge :
       {JudgeContainer, JudgeRoot, JudgeCode, JudgeTask, JudgeIndexes, JudgeContents,
        JudgeServerWeights, JudgeTorchServe, JudgeTriton, JudgeMlflow}) {
    judge(situation, findings);
  }
  return std::move(findings).Take();
}

}  // namespace weighlock
