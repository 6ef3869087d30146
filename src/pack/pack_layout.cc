// The three layouts. What SageMaker wants is in docs/packaging.md.
#include "pack/pack_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/escape.h"
#include "base/package_path.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

bool IsAtTop(const std::string& path) {
  return path.find('/') == std::string::npos;
}

// The one top folder that holds all of the model, where none of it lies at the top.
std::optional<std::string> ModelFolder(const Package& package) {
  std::optional<std::string> folder;
  for (const Artefact& artefact : package.artefacts) {
    const bool is_model = artefact.role == Role::kWeights || artefact.role == Role::kConfig ||
                          artefact.role == Role::kTokenizer;
    if (!is_model) continue;
    if (IsAtTop(artefact.path)) return std::nullopt;
    const std::string top = artefact.path.substr(0, artefact.path.find('/'));
    if (folder && *folder != top) return std::nullopt;
    folder = top;
  }
  return folder;
}

// What the toolkits import or install, where it lies beside the model.
bool RunsAtTop(const std::string& path) {
  return IsAtTop(path) && (path.ends_with(".py") || path == "requirements.txt");
}

// Modeling code that config.json names by auto_map is read from beside it, not from code/.
bool IsModelCode(const std::string& path) {
  return path.starts_with("modeling_") || path.starts_with("configuration_") ||
         path.starts_with("tokenization_") || path.starts_with("processing_");
}

class SageMaker {
 public:
  explicit SageMaker(const Package& package) : model_folder_(ModelFolder(package)) {}

  std::string Place(const std::string& path) {
    std::string placed = path;
    if (model_folder_ && path.starts_with(*model_folder_ + "/")) {
      placed = path.substr(model_folder_->size() + 1);
    }
    if (RunsAtTop(placed) && !IsModelCode(placed)) {
      moved_.push_back(placed);
      return "code/" + placed;
    }
    return placed;
  }

  void Note(const std::vector<std::string>& placed, std::vector<std::string>& notes) const {
    if (model_folder_) {
      notes.push_back(fmt::format("{}/ holds the model: what is in it goes to the top",
                                  Escape(*model_folder_)));
    }
    for (const std::string& path : moved_) {
      notes.push_back(
          fmt::format("{} goes to code/, where the containers look for it", Escape(path)));
    }
    const auto has = [&](std::string_view name) {
      return std::find(placed.begin(), placed.end(), name) != placed.end();
    };
    if (!has("config.json") && !has("model_index.json") && !has("code/inference.py")) {
      notes.push_back("no config.json at the top: the Hugging Face container will ask for HF_TASK");
    }
  }

 private:
  std::optional<std::string> model_folder_;
  std::vector<std::string> moved_;
};

// The last component of the folder's name, by its real path where that says nothing (".").
std::string FolderName(const fs::path& folder) {
  fs::path name = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  if (name.empty() || name == "." || name == "..") {
    std::error_code ignored;
    name = fs::canonical(folder, ignored).filename();
  }
  return name.string();
}

}  // namespace

std::string_view PackLayoutName(PackLayout layout) {
  switch (layout) {
    case PackLayout::kFlat:
      return "flat";
    case PackLayout::kOneFolder:
      return "one-folder";
    case PackLayout::kSageMaker:
      return "sagemaker";
  }
  return "flat";
}

Result<ArchivePaths> PlacePaths(const Package& package, const std::vector<std::string>& packed,
                                PackageKind kind, const PackOptions& options) {
  ArchivePaths paths{packed, package.empty_folders, {}};
  if (options.layout == PackLayout::kOneFolder) {
    const std::string top = FolderName(package.path);
    if (top.empty()) {
      return Error(Code::kUsage, "this folder has no name that the archive's could be", kNoOffset,
                   package.path);
    }
    WL_TRY([[maybe_unused]] const auto plain, NormalisePath(top, options.limits).In(package.path));
    for (std::string& path : paths.files) path = top + "/" + path;
    for (std::string& path : paths.folders) path = top + "/" + path;
  }
  if (options.layout == PackLayout::kSageMaker) {
    if (kind != PackageKind::kTarGz) {
      return Error(Code::kUsage,
                   "SageMaker unpacks .tar.gz archives only: name the output model.tar.gz");
    }
    SageMaker sagemaker(package);
    for (std::string& path : paths.files) path = sagemaker.Place(path);
    for (std::string& path : paths.folders) path = sagemaker.Place(path);
    sagemaker.Note(paths.files, paths.notes);
  }
  return paths;
}

}  // namespace weighlock
