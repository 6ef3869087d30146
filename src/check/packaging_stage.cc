// What a platform does with the package before any loader sees it.
#include <fmt/format.h>

#include "base/escape.h"
#include "check/situation.h"

namespace weighlock {

std::vector<CheckFinding> JudgePackaging(const Situation& s) {
  const PackageKind kind = s.package().kind;
  const bool archive =
      kind == PackageKind::kTar || kind == PackageKind::kTarGz || kind == PackageKind::kZip;
  if (!archive || s.files.root.empty()) return {};
  const Platform platform = s.target.platform;
  if (platform == Platform::kPlain) return {};
  CheckFinding finding;
  finding.rule = "WL-P-001";
  finding.stage = Stage::kPackaging;
  finding.verdict = platform == Platform::kUnknown ? Verdict::kRisk : Verdict::kFail;
  finding.path = s.files.root;
  finding.text = fmt::format(
      "the model lies in the folder {} of the archive, and not at its top, where "
      "servers that unpack it look",
      Quote(s.files.root));
  if (platform == Platform::kSageMakerHf) {
    // The toolkit's own folder; what follows names the hub and is of the release.
    finding.message =
        "OSError: Can't load config for '/.sagemaker/mms/models/model'. Make sure that:";
  }
  finding.adaptations = {"P1"};
  finding.source = "sagemaker-huggingface-inference-toolkit 22 and 62; transformers 13111";
  return {finding};
}

}  // namespace weighlock
