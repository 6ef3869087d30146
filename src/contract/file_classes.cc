// By role, by format, and by patterns of the name.
#include "contract/file_classes.h"

#include <algorithm>

#include "package/name_pattern.h"
#include "package/roles.h"

namespace weighlock {

bool IsOfClass(std::string_view word, const Artefact& artefact) {
  const std::string& path = artefact.path;
  const auto matches = [&](std::initializer_list<const char*> patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const char* pattern) { return NamePattern(pattern).Matches(path); });
  };
  if (word == "training-state") return artefact.role == Role::kTrainingState;
  if (word == "pickle") {
    return IsPickled(artefact.format) || artefact.format == Format::kPickle ||
           matches({"*.pkl", "*.pickle", "*.joblib"});
  }
  if (word == "python-code") return matches({"*.py", "*.pyc", "*.ipynb"});
  if (word == "native-code") {
    return artefact.format == Format::kNativeCode ||
           matches({"*.so", "*.so.*", "*.dll", "*.dylib"});
  }
  if (word == "code") return artefact.role == Role::kCode;
  if (word == "link") return artefact.linked;
  if (word == "vcs") {
    return matches({".git/*", "*/.git/*", ".github/*", "*/.github/*", ".gitattributes",
                    ".gitignore", ".gitmodules", ".hg/*", ".svn/*"});
  }
  if (word == "cache") {
    return matches({".cache/*", "*/.cache/*", "__pycache__/*", "*/__pycache__/*",
                    ".ipynb_checkpoints/*", "*/.ipynb_checkpoints/*", "*.lock"});
  }
  if (word == "junk") return artefact.role == Role::kJunk;
  if (word == "secret") return IsSecretFile(path);
  if (word == "lfs-pointer") return artefact.format == Format::kGitLfsPointer;
  if (word == "executable") return artefact.executable;
  // What torch writes is a zip or a tar too, but under a format of its own.
  return artefact.format == Format::kZip || artefact.format == Format::kTar ||
         artefact.format == Format::kGzip;
}

std::vector<Format> FormatsOfName(std::string_view name) {
  const auto ends = [&](std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
  };
  if (ends({".safetensors"})) return {Format::kSafetensors};
  if (ends({".bin", ".pt", ".pth", ".ckpt"})) {
    return {Format::kTorchZip, Format::kTorchLegacy, Format::kTorchTar, Format::kPickle};
  }
  if (ends({".gguf"})) return {Format::kGguf};
  if (ends({".h5", ".hdf5", ".keras"})) return {Format::kHdf5};
  if (ends({".npz", ".npy"})) return {Format::kNumpy};
  return {};
}

std::span<const std::string_view> FormatWords() {
  static constexpr std::string_view kWords[] = {
      "safetensors", "torch-zip", "torch-legacy", "torch-tar", "pickle", "gguf", "hdf5", "numpy"};
  return kWords;
}

bool IsFormatWord(std::string_view word) {
  const auto words = FormatWords();
  return std::find(words.begin(), words.end(), word) != words.end();
}

Artefact ArtefactOfName(std::string_view name) {
  Artefact artefact{std::string(name), 0, Format::kUnknown, RoleOf(name), std::nullopt};
  const std::vector<Format> formats = FormatsOfName(name);
  if (!formats.empty()) artefact.format = formats[0];
  return artefact;
}

}  // namespace weighlock
