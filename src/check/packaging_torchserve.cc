// TorchServe's model archive: a zip with MAR-INF/MANIFEST.json, and the files that it names.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

constexpr const char* kSource = "TorchServe ModelArchive.java; torch-model-archiver";

const MarManifest* Find(const Situation& s, bool below_top) {
  for (const MarManifest& manifest : s.files.platform.manifests) {
    const auto slashes = std::count(manifest.path.begin(), manifest.path.end(), '/');
    if ((slashes == 2 && below_top) || (slashes == 1 && !below_top)) return &manifest;
  }
  return nullptr;
}

CheckFinding& Fail(PackagingFindings& out, const char* rule, std::string text, std::string path,
                   std::string message) {
  CheckFinding& finding = out.Add(Verdict::kFail, rule, std::move(text), std::move(path));
  finding.message = std::move(message);
  finding.source = kSource;
  return finding;
}

// The archive's own kind of manifest, or null after a finding.
const MarManifest* FindManifest(const Situation& s, PackagingFindings& out) {
  const PackageKind kind = s.package().kind;
  // A .tar.gz has a folder of the model's name at its top; it is taken away in unpacking.
  const bool below_top = kind == PackageKind::kTarGz;
  const MarManifest* manifest = Find(s, below_top);
  if (manifest != nullptr) return manifest;
  const char* missing = "Missing Model entry in manifest file.";
  if (const MarManifest* other = Find(s, !below_top)) {
    Fail(out, "WL-P-070",
         below_top ? "the server takes away the first folder of a .tar.gz, and with it MAR-INF/"
                   : "MAR-INF/ lies below the top, where the server does not look",
         other->path, missing);
    return nullptr;
  }
  if (kind == PackageKind::kFolder) {
    CheckFinding& finding = Fail(out, "WL-P-070",
                                 "the folder is no model archive: torch-model-archiver makes one "
                                 "of it",
                                 "", "");
    finding.adaptations = {"P5"};
    return nullptr;
  }
  Fail(out, "WL-P-070", "there is no MAR-INF/MANIFEST.json", "", missing).adaptations = {"P5"};
  return nullptr;
}

struct Wanted {
  const char *section, *key, *message;
};
// In the server's order; it stops at the first.
constexpr Wanted kWanted[] = {
    {"model", "modelName", "Model name is not defined."},
    {"model", "modelVersion", "Model version is not defined."},
    {"", "runtime", "Runtime is not defined or invalid."},
};

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// torch-model-archiver makes no archive of another name; the server asks no more than that there is
// one, and puts it into addresses.
void JudgeName(const std::string& name, const std::string& path, PackagingFindings& out) {
  const bool fits = !name.empty() && IsLetterOrDigit(name[0]) &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return IsLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
                    });
  if (fits) return;
  CheckFinding& finding = out.Add(
      Verdict::kRisk, "WL-P-071",
      fmt::format("the model's name {} has more in it than letters, digits, _, - and ., and "
                  "torch-model-archiver would refuse it",
                  Quote(name, 80)),
      path);
  finding.pointer = "/model/modelName";
  finding.source = kSource;
}

void JudgeEntries(const JsonValue& json, const std::string& path, PackagingFindings& out) {
  const JsonValue* model = json.Find("model");
  if (model == nullptr || !model->Is(JsonValue::Kind::kObject)) {
    Fail(out, "WL-P-071", "the manifest has no model object", path,
         "Missing Model entry in manifest file.");
    return;
  }
  for (const Wanted& wanted : kWanted) {
    const bool in_model = *wanted.section != '\0';
    const std::string* text = (in_model ? *model : json).FindString(wanted.key);
    const bool good =
        text != nullptr && (in_model || text->starts_with("python") || *text == "LSP");
    if (good) continue;
    Fail(out, "WL-P-071", fmt::format("the manifest names no {}", wanted.key), path, wanted.message)
        .pointer = fmt::format("{}/{}", in_model ? "/model" : "", wanted.key);
    return;
  }
  JudgeName(*model->FindString("modelName"), path, out);
}

// Files that the manifest names; a handler may be one that the server brings.
void JudgeNamedFiles(const Situation& s, const JsonValue& model, const MarManifest& manifest,
                     PackagingFindings& out) {
  const std::string root = manifest.path.substr(
      0, manifest.path.size() - std::string_view("MAR-INF/MANIFEST.json").size());
  for (const char* key : {"serializedFile", "modelFile", "handler"}) {
    const std::string* named = model.FindString(key);
    if (named == nullptr || named->empty()) continue;
    std::string file = *named;
    if (std::string_view(key) == "handler") {
      const size_t end = file.find(".py");
      if (end == std::string::npos) continue;
      file.resize(end + 3);  // "handler.py:entry" names a function in it
    }
    file = file.substr(file.rfind('/') + 1);
    const auto& artefacts = s.package().artefacts;
    const bool there = std::any_of(artefacts.begin(), artefacts.end(),
                                   [&](const Artefact& a) { return a.path == root + file; });
    if (there) continue;
    Fail(out, "WL-P-072",
         fmt::format("the manifest names the {} {}, which is not in the archive", key, Quote(file)),
         manifest.path, "")
        .pointer = fmt::format("/model/{}", key);
  }
}

}  // namespace

void JudgeTorchServe(const Situation& s, PackagingFindings& out) {
  if (s.target.platform != Platform::kTorchServe) return;
  if (s.package().kind == PackageKind::kTar) {
    Fail(out, "WL-P-070", "the server unpacks zips (.mar) and .tar.gz archives, and no plain tar",
         "", "")
        .adaptations = {"P5"};
    return;
  }
  const MarManifest* manifest = FindManifest(s, out);
  if (manifest == nullptr) return;
  if (!manifest->json) {
    Fail(out, "WL-P-071", fmt::format("the manifest cannot be read: {}", manifest->broken),
         manifest->path, "");
    return;
  }
  JudgeEntries(*manifest->json, manifest->path, out);
  if (const JsonValue* model = manifest->json->Find("model")) {
    JudgeNamedFiles(s, *model, *manifest, out);
  }
}

}  // namespace weighlock
