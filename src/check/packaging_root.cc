// Where in the package the model lies, and where its code does.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

// How bad it is that the model lies below the top; kOk: it does not matter.
Verdict BelowTheTop(const Situation& s, bool archive) {
  const Platform platform = s.target.platform;
  if (IsSageMaker(platform)) {
    return archive && !BringsItsLoader(s) ? Verdict::kFail : Verdict::kRisk;
  }
  if (platform == Platform::kKserve) return Verdict::kFail;
  // Someone unpacks an archive for them, and may point them at the folder in it.
  if (TakesFolder(platform)) return archive ? Verdict::kRisk : Verdict::kFail;
  if (platform == Platform::kUnknown && archive) return Verdict::kRisk;
  return Verdict::kOk;
}

const char* WhereTheyLook(const Situation& s, bool archive) {
  const Platform platform = s.target.platform;
  if (BringsItsLoader(s)) return ", where the container looks unless code/inference.py does not";
  if (TakesFolder(platform)) return ", the only place where the server looks";
  return archive ? ", where servers that unpack it look" : ", where it must lie once it is packed";
}

// The way out of those who serve a folder: no archive has to be made anew.
std::string PointedAt(const Situation& s, const std::string& folder, bool archive) {
  if (!TakesFolder(s.target.platform) || archive) return {};
  return ": point it at " + folder;
}

// What the release says where config.json is not in the toolkit's own folder.
std::string NoConfig(const Situation& s) {
  const Knowledge::Slots folder = {{"{package}", "/.sagemaker/mms/models/model"}};
  const char* table = s.TransformersIs(">=4.45.0") ? "missing_model_type" : "missing_config";
  return s.base.knowledge.Message(table, s.target, folder);
}

// Folders checkpoint-N that hold a model, by their number.
std::vector<std::string> Checkpoints(const Package& package) {
  std::vector<std::string> found;
  for (const Artefact& artefact : package.artefacts) {
    const std::string name = artefact.path.substr(artefact.path.rfind('/') + 1);
    const bool model = name == "config.json" || name == "adapter_config.json" ||
                       name.ends_with(".safetensors") || name == "pytorch_model.bin";
    if (!model) continue;
    std::string checkpoint = CheckpointOf(artefact.path);
    if (!checkpoint.empty()) found.push_back(std::move(checkpoint));
  }
  const auto shorter = [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;  // as their numbers
  };
  std::sort(found.begin(), found.end(), shorter);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool HasModelOutsideCheckpoints(const Package& package) {
  return std::any_of(package.artefacts.begin(), package.artefacts.end(), [](const Artefact& a) {
    const std::string name = a.path.substr(a.path.rfind('/') + 1);
    const bool part = a.role == Role::kWeights || name == "config.json";
    return part && CheckpointOf(a.path).empty();
  });
}

// True: all that there is lies in checkpoints.
bool JudgeCheckpoints(const Situation& s, PackagingFindings& out) {
  const std::vector<std::string> checkpoints = Checkpoints(s.package());
  if (checkpoints.empty() || HasModelOutsideCheckpoints(s.package())) return false;
  const bool archive = IsArchive(s.package().kind);
  const Verdict verdict = BelowTheTop(s, archive);
  if (verdict == Verdict::kOk) return true;
  std::string text =
      fmt::format("the model lies in {} only, and not at the top", Escape(checkpoints.back()));
  if (checkpoints.size() > 1) {
    text = fmt::format("the model lies in {} checkpoints, {} the last of them, and not at the top",
                       checkpoints.size(), Escape(checkpoints.back()));
  }
  CheckFinding& finding =
      out.Add(verdict, "WL-P-002",
              text + WhereTheyLook(s, archive) + PointedAt(s, Escape(checkpoints.back()), archive),
              checkpoints.back());
  if (s.target.platform == Platform::kSageMakerHf && verdict == Verdict::kFail)
    finding.message = NoConfig(s);
  if (!TakesFolder(s.target.platform)) finding.adaptations = {"P1"};
  finding.source = "the Trainer saves to OUTPUT/checkpoint-N; huggingface_hub pull request 630";
  return true;
}

// A repository of the hub's cache is read in its snapshot; what opens the folder itself finds
// nothing.
bool IsHubCache(const Situation& s) {
  return s.package().kind == PackageKind::kFolder &&
         s.files.folder_of_model.starts_with("snapshots/");
}

}  // namespace

void JudgeRoot(const Situation& s, PackagingFindings& out) {
  if (JudgeCheckpoints(s, out) || s.files.folder_of_model.empty()) return;
  const bool archive = IsArchive(s.package().kind);
  const Platform platform = s.target.platform;
  const Verdict verdict = BelowTheTop(s, archive);
  if (verdict == Verdict::kOk && IsHubCache(s)) {
    out.Add(
           Verdict::kRisk, "WL-P-001",
           fmt::format("the package is a repository of the hub's cache, and its model is judged as "
                       "it lies in {}: a target that opens the package itself finds no "
                       "config.json",
                       Quote(s.files.folder_of_model)),
           s.files.folder_of_model)
        .source = "huggingface_hub: snapshots/COMMIT of its cache; tried in transformers 4.37.2";
  }
  if (verdict == Verdict::kOk) return;
  CheckFinding& finding =
      out.Add(verdict, "WL-P-001",
              fmt::format("the model lies in the folder {} of the {}, and not at its top{}{}",
                          Quote(s.files.folder_of_model), archive ? "archive" : "package",
                          WhereTheyLook(s, archive),
                          PointedAt(s, Escape(s.files.folder_of_model), archive)),
              s.files.folder_of_model);
  if (platform == Platform::kSageMakerHf && verdict == Verdict::kFail)
    finding.message = NoConfig(s);
  if (!TakesFolder(platform)) finding.adaptations = {"P1"};
  finding.source = "sagemaker-huggingface-inference-toolkit 22 and 62; transformers 13111";
}

void JudgeCode(const Situation& s, PackagingFindings& out) {
  if (!IsSageMaker(s.target.platform)) return;
  bool placed = false;
  const Artefact* script = nullptr;
  const Artefact* requirements = nullptr;
  for (const Artefact& artefact : s.package().artefacts) {
    const std::string name = artefact.path.substr(artefact.path.rfind('/') + 1);
    placed |= artefact.path == "code/inference.py";
    if (name == "inference.py" && artefact.path != "code/inference.py") script = &artefact;
    // Elsewhere than at the top it is somebody else's.
    if (artefact.path == "requirements.txt") requirements = &artefact;
  }
  const char* source = "sagemaker-huggingface-inference-toolkit handler_service.py, issue 99";
  if (script != nullptr && !placed) {
    CheckFinding& finding =
        out.Add(Verdict::kDiffers, "WL-P-021",
                fmt::format("{} is not run: the container looks for code/inference.py, and serves "
                            "the model in its own way without it",
                            Escape(script->path)),
                script->path);
    finding.adaptations = {"P1"};
    finding.source = source;
  }
  if (requirements == nullptr) return;
  CheckFinding& finding = out.Add(
      Verdict::kRisk, "WL-P-022",
      "nothing of requirements.txt is installed: the container looks for code/requirements.txt",
      requirements->path);
  finding.adaptations = {"P1"};
  finding.source = "sagemaker-python-sdk 3954";
}

}  // namespace weighlock
