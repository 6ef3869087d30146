// Indexes that do not say what is there, pointers in place of files, and what only weighs.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/packaging.h"
#include "package/weight_sets.h"

namespace weighlock {
namespace {

// Beyond this an hour, the host's default, may not do for download and unpacking: gunzip gives some
// 100 MB a second.
constexpr uint64_t kLongUnpacking = uint64_t{200} << 30;

std::string Megabytes(uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// Servers that must have every tensor; code of their own reads the package in the others.
bool LoadsItself(Platform platform) {
  return IsSageMaker(platform) || TakesFolder(platform) || platform == Platform::kKserve ||
         platform == Platform::kPlain;
}

void JudgeGaps(const IndexGaps& gaps, Platform platform, PackagingFindings& out) {
  if (!gaps.missing_files.empty()) {
    const size_t more = gaps.missing_files.size() - 1;
    out.Add(LoadsItself(platform) ? Verdict::kFail : Verdict::kRisk, "WL-P-030",
            fmt::format("the index wants the shard {}{}, which is not in the package",
                        Escape(gaps.missing_files[0]),
                        more == 0 ? "" : fmt::format(" and {} more", more)),
            gaps.index)
        .pointer = "/weight_map";
  }
  if (gaps.nowhere.count > 0) {
    // transformers leaves what is missing as it was initialised, with a warning.
    const bool strict = TakesFolder(platform);
    const char* then = strict ? ", and the server wants every tensor"
                              : ": it is left as it was initialised, at random";
    out.Add(strict ? Verdict::kFail : Verdict::kDiffers, "WL-P-032",
            fmt::format(
                "no shard holds {}{}, which the index lists{}", Quote(gaps.nowhere.first),
                gaps.nowhere.count == 1 ? "" : fmt::format(" and {} more", gaps.nowhere.count - 1),
                then),
            gaps.index)
        .pointer = "/weight_map";
  }
  const auto risk = [&](const NameCount& names, std::string_view what) {
    if (names.count == 0) return;
    CheckFinding& finding = out.Add(
        Verdict::kRisk, "WL-P-032",
        fmt::format("{}{} {}", Quote(names.first),
                    names.count == 1 ? "" : fmt::format(" and {} more", names.count - 1), what),
        gaps.index);
    finding.pointer = "/weight_map";
    finding.adaptations = {"W5"};
  };
  risk(gaps.elsewhere,
       "lies in another shard than the index says: who goes by the index does not find it");
  risk(gaps.unlisted, "is in no line of the index: who goes by the index does not read it");
}

}  // namespace

void JudgeIndexes(const Situation& s, PackagingFindings& out) {
  const Platform platform = s.target.platform;
  if (platform == Platform::kUnknown) return;  // the weights stage has them
  for (const IndexGaps& gaps : s.files.platform.gaps) JudgeGaps(gaps, platform, out);
  NameCount unlisted;
  bool is_all = true;
  for (const WeightSet& set : s.package().weights) {
    is_all = is_all && IsUnlisted(s.package(), set);
    if (!IsUnlisted(s.package(), set)) continue;
    for (const size_t file : set.files) unlisted.Add(s.package().artefacts[file].path);
  }
  if (unlisted.count == 0) return;
  // TGI takes every file of the folder; the others go by the index.
  const bool reads = platform == Platform::kTgi || platform == Platform::kVllm;
  CheckFinding& finding = out.Add(
      reads || !LoadsItself(platform) ? Verdict::kRisk : Verdict::kFail, "WL-P-031",
      fmt::format("no index lists {}{}: {}", Escape(unlisted.first),
                  unlisted.count == 1 ? "" : fmt::format(" and {} more", unlisted.count - 1),
                  reads ? "the server reads it with all others at the top, whether or not it "
                          "belongs to them"
                        : "who finds shards by their index does not read it"),
      unlisted.first);
  finding.adaptations = {"W2"};
  if (!is_all) finding.verdict = Verdict::kRisk;
}

void JudgeContents(const Situation& s, PackagingFindings& out) {
  const Platform platform = s.target.platform;
  NameCount leftovers, pointers, raw;
  uint64_t leftover_bytes = 0, bytes = 0;
  for (const Artefact& artefact : s.package().artefacts) {
    bytes += artefact.size;
    const bool matters = artefact.role == Role::kTokenizer || artefact.role == Role::kConfig ||
                         (artefact.role == Role::kWeights && platform != Platform::kUnknown);
    if (artefact.format == Format::kGitLfsPointer && matters) pointers.Add(artefact.path);
    if (!IsUtf8(artefact.path)) raw.Add(artefact.path);
    if (artefact.role != Role::kTrainingState) continue;
    leftovers.Add(artefact.path);
    leftover_bytes += artefact.size;
  }
  if (pointers.count > 0) {
    out.Add(Verdict::kFail, "WL-P-040",
            fmt::format("{}{} a git-lfs pointer, not the file: git lfs pull fetches it",
                        Escape(pointers.first),
                        pointers.count == 1
                            ? " is"
                            : fmt::format(" and {} more: each is", pointers.count - 1)),
            pointers.first)
        .source = "DeepSeek-V3 557; transformers 27923";
  }
  if (raw.count > 0) {
    out.Add(
        Verdict::kRisk, "WL-P-011",
        fmt::format("{}{} not UTF-8: what name it gets differs by who unpacks or copies it",
                    Quote(raw.first),
                    raw.count == 1 ? " is" : fmt::format(" and {} more: each is", raw.count - 1)),
        raw.first);
  }
  // They are unpacked, and in SageMaker copied once more.
  const bool unpacks = IsSageMaker(platform) || platform == Platform::kKserve;
  if (leftovers.count > 0 && unpacks) {
    CheckFinding& finding = out.Add(
        Verdict::kRisk, "WL-P-050",
        fmt::format("{} file{} of training state, {} of {}: nothing reads them, and they take room "
                    "and time where the package is unpacked",
                    leftovers.count, leftovers.count == 1 ? "" : "s", Megabytes(leftover_bytes),
                    Megabytes(bytes)),
        leftovers.first);
    finding.adaptations = {"P2"};
    finding.source = "sagemaker-huggingface-inference-toolkit pull request 80 (No space left)";
  }
  if (IsSageMaker(platform) && bytes > kLongUnpacking) {
    CheckFinding& finding =
        out.Add(Verdict::kRisk, "WL-P-051",
                fmt::format("{} to download and unpack: the host gives an hour unless "
                            "ModelDataDownloadTimeoutInSeconds says otherwise; an uncompressed "
                            "prefix is faster",
                            Megabytes(bytes)));
    finding.source = "amazon-sagemaker-examples 650";
  }
}

}  // namespace weighlock
