// Which form the package has, and what of it only its form brings: archives in archives, links.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

bool IsPacked(Format format) {
  return format == Format::kZip || format == Format::kGzip || format == Format::kTar;
}

void JudgeForm(const Situation& s, PackagingFindings& out) {
  const Platform platform = s.target.platform;
  const PackageKind kind = s.package().kind;
  const std::string what = fmt::format("this is a {}", PackageKindName(kind));
  if (IsSageMaker(platform) && (kind == PackageKind::kTar || kind == PackageKind::kZip)) {
    CheckFinding& finding =
        out.Add(Verdict::kFail, "WL-P-020", what + ", and the host unpacks .tar.gz archives only");
    finding.message = ExtractionMessage();
    finding.adaptations = {"P1"};
    finding.source = "deep-learning-containers pull request 569";
  }
  if (IsSageMaker(platform) && kind == PackageKind::kFile) {
    out.Add(Verdict::kRisk, "WL-P-020",
            "this is a single file: the host takes a .tar.gz archive, or a prefix of objects")
        .adaptations = {"P1"};
  }
  // By its name alone: mimetypes.guess_type.
  const std::string& name = s.package().path;
  const bool unpacked = name.ends_with(".tar") || name.ends_with(".tar.gz") ||
                        name.ends_with(".tgz") || name.ends_with(".zip");
  if (platform == Platform::kKserve && IsArchive(kind) && !unpacked) {
    CheckFinding& finding =
        out.Add(Verdict::kRisk, "WL-P-020",
                what +
                    " under another name: the storage initialiser unpacks what is named .tar, "
                    ".tar.gz, .tgz or .zip, and leaves all else packed");
    finding.source = "kserve python/storage/kserve_storage.py";
  }
  const bool folder_only =
      TakesFolder(platform) || platform == Platform::kTriton || platform == Platform::kMlflow;
  if (folder_only && IsArchive(kind)) {
    out.Add(Verdict::kRisk, "WL-P-020",
            fmt::format("{}, and {} takes a folder: someone must unpack it first", what,
                        PlatformName(platform)))
        .adaptations = {"P3"};
  }
}

// An archive that holds the model, inside the package: nobody unpacks twice.
void JudgeNested(const Situation& s, PackagingFindings& out) {
  const Platform platform = s.target.platform;
  const bool concerns = IsSageMaker(platform) || TakesFolder(platform) ||
                        platform == Platform::kKserve ||
                        (platform == Platform::kUnknown && IsArchive(s.package().kind));
  if (!concerns || s.files.config.present || !s.package().weights.empty()) return;
  const Artefact* largest = nullptr;
  for (const Artefact& artefact : s.package().artefacts) {
    if (!IsPacked(artefact.format) || artefact.role == Role::kJunk) continue;
    if (largest == nullptr || artefact.size > largest->size) largest = &artefact;
  }
  if (largest == nullptr) return;
  CheckFinding& finding = out.Add(
      platform == Platform::kUnknown ? Verdict::kRisk : Verdict::kFail, "WL-P-003",
      fmt::format("there is no model but what {} may hold, and archives in archives stay packed",
                  Escape(largest->path)),
      largest->path);
  finding.adaptations = {"P3"};
}

void JudgeLinks(const Situation& s, PackagingFindings& out) {
  if (!IsSageMaker(s.target.platform)) return;
  NameCount links;
  for (const Artefact& artefact : s.package().artefacts) {
    if (artefact.linked) links.Add(artefact.path);
  }
  if (links.count == 0) return;
  CheckFinding& finding =
      out.Add(Verdict::kRisk, "WL-P-010",
              fmt::format("the folder holds {} symbolic link{}: packed as such, the host refuses "
                          "the archive",
                          links.count, links.count == 1 ? "" : "s"),
              links.first);
  finding.message = ExtractionMessage();
  finding.adaptations = {"P4"};
  finding.source = "packaging rules of SageMaker hosting: no links in the archive";
}

// What macOS puts beside each file: its name ends as the file's own does.
void JudgeMacFiles(const Situation& s, PackagingFindings& out) {
  const Platform platform = s.target.platform;
  NameCount junk;
  const Artefact* taken = nullptr;
  for (const Artefact& artefact : s.package().artefacts) {
    const std::string name = artefact.path.substr(artefact.path.rfind('/') + 1);
    if (!name.starts_with("._") && artefact.path.find("__MACOSX/") == std::string::npos) continue;
    junk.Add(artefact.path);
    const bool at_top = artefact.path.find('/') == std::string::npos;
    if (at_top && name.ends_with(".safetensors")) taken = &artefact;
  }
  if (junk.count == 0 || platform == Platform::kPlain) return;
  // TGI lists names by their ending, hidden ones too.
  const bool fails = platform == Platform::kTgi && taken != nullptr;
  CheckFinding& finding = out.Add(
      fails ? Verdict::kFail : Verdict::kRisk, "WL-P-013",
      fails ? fmt::format("{} is a leftover of macOS, and the server takes it for weights",
                          Escape(taken->path))
            : fmt::format("{} leftover{} of macOS, which loaders that go by endings take for real "
                          "files",
                          junk.count, junk.count == 1 ? "" : "s"),
      fails ? taken->path : junk.first);
  finding.adaptations = {"P2"};
}

}  // namespace

void JudgeContainer(const Situation& s, PackagingFindings& out) {
  JudgeForm(s, out);
  JudgeNested(s, out);
  JudgeLinks(s, out);
  JudgeMacFiles(s, out);
}

}  // namespace weighlock
