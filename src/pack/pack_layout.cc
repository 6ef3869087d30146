// The three layouts. What SageMaker wants is in docs/packaging.md.
#include "pack/pack_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/escape.h"
#include "base/package_path.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

// The folder that a path lies in; "" at the top.
std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// What the toolkits import or install, where it lies beside the model.
bool RunsAtTop(const std::string& path) {
  return FolderOf(path).empty() && (path.ends_with(".py") || path == "requirements.txt");
}

// Code of a model by its name, which is read from beside its configuration whatever that says.
bool IsModelCode(const std::string& path) {
  return path.starts_with("modeling_") || path.starts_with("configuration_") ||
         path.starts_with("tokenization_") || path.starts_with("processing_");
}

class SageMaker {
 public:
  SageMaker(const Package& package, const std::vector<std::string>& packed) {
    std::vector<const Artefact*> artefacts;
    for (const Artefact& artefact : package.artefacts) {
      if (std::binary_search(packed.begin(), packed.end(), artefact.path)) {
        artefacts.push_back(&artefact);
      }
    }
    FindModelFolder(artefacts);
    for (const Artefact* artefact : artefacts) {
      if (!artefact->names_code || FolderOf(artefact->path) != model_folder_) continue;
      names_code_ = UnwrapFromFolders(artefact->path);
      break;
    }
  }

  std::string PlaceFile(const std::string& path) {
    std::string placed = UnwrapFromFolders(path);
    if (!RunsAtTop(placed) || StaysBesideConfig(path, placed)) return placed;
    moved_.push_back(placed);
    return "code/" + placed;
  }

  // Where a file or folder of the package lies when the model's files are at the top. The folders
  // around the model's go with it: code/ beside it is to be at the top, too.
  std::string UnwrapFromFolders(const std::string& path) const {
    for (std::string folder = model_folder_; !folder.empty(); folder = FolderOf(folder)) {
      if (path.starts_with(folder) && path.substr(folder.size(), 1) == "/") {
        return path.substr(folder.size() + 1);
      }
    }
    return path;
  }

  void Note(const std::vector<std::string>& placed, std::vector<std::string>& notes) const {
    if (!model_folder_.empty()) {
      notes.push_back(
          fmt::format("{}/ holds the model: what is in it goes to the top", Escape(model_folder_)));
    }
    for (const std::string& path : moved_) {
      notes.push_back(
          fmt::format("{} goes to code/, where the containers look for it", Escape(path)));
    }
    const auto has = [&](std::string_view name) {
      return std::find(placed.begin(), placed.end(), name) != placed.end();
    };
    const bool has_inference = has("code/inference.py");
    if (has_inference && !kept_.empty()) {
      const std::string who = kept_.size() == 1 ? fmt::format("{} stays", Escape(kept_[0]))
                                                : fmt::format("{} and {} more *.py stay",
                                                              Escape(kept_[0]), kept_.size() - 1);
      notes.push_back(fmt::format(
          "{} beside {}, which names code: what inference.py imports belongs into code/", who,
          Escape(names_code_)));
    }
    if (!has("config.json") && !has("model_index.json") && !has_inference) {
      notes.push_back("no config.json at the top: the Hugging Face container will ask for HF_TASK");
    }
  }

 private:
  // The deepest folder that holds all of the model, where none of it lies at the top.
  void FindModelFolder(const std::vector<const Artefact*>& artefacts) {
    std::optional<std::string> common;
    for (const Artefact* artefact : artefacts) {
      const bool is_model = artefact->role == Role::kWeights || artefact->role == Role::kConfig ||
                            artefact->role == Role::kTokenizer;
      if (!is_model) continue;
      if (!common) common = FolderOf(artefact->path);
      while (!common->empty() && !artefact->path.starts_with(*common + "/")) {
        common = FolderOf(*common);
      }
    }
    model_folder_ = common.value_or("");
  }

  // A configuration that names code is followed to files beside it, and they to others there.
  bool StaysBesideConfig(const std::string& path, const std::string& placed) {
    if (!placed.ends_with(".py") || placed == "inference.py") return false;
    if (IsModelCode(placed)) return true;
    if (names_code_.empty() || FolderOf(path) != model_folder_) return false;
    kept_.push_back(placed);
    return true;
  }

  std::string model_folder_;        // empty: the top
  std::string names_code_;          // the first configuration there that does
  std::vector<std::string> moved_;  // to code/
  std::vector<std::string> kept_;   // for the sake of `names_code_` alone
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
                                const std::vector<std::string>& empty_folders, PackageKind kind,
                                const PackOptions& options) {
  ArchivePaths paths{packed, empty_folders, {}, {}};
  if (options.layout == PackLayout::kOneFolder) {
    const std::string top = FolderName(package.path);
    if (top.empty()) {
      return Error(Code::kUsage, "this folder has no name that the archive's could be", kNoOffset,
                   package.path);
    }
    WL_TRY([[maybe_unused]] const auto plain, NormalisePath(top, options.limits).In(package.path));
    paths.top = top + "/";
    for (std::string& path : paths.files) path = paths.top + path;
    for (std::string& path : paths.folders) path = paths.top + path;
  }
  if (options.layout == PackLayout::kSageMaker) {
    if (kind != PackageKind::kTarGz) {
      return Error(Code::kUsage,
                   "SageMaker unpacks .tar.gz archives only: name the output model.tar.gz");
    }
    SageMaker sagemaker(package, packed);
    for (std::string& path : paths.files) path = sagemaker.PlaceFile(path);
    for (std::string& path : paths.folders) path = sagemaker.UnwrapFromFolders(path);
    sagemaker.Note(paths.files, paths.notes);
  }
  return paths;
}

}  // namespace weighlock
