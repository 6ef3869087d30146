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
  // What torch writes is a zip or a tar too, but under a format of its own; so is what NumPy and
  // Keras write.
  if (!WeightsFormat(artefact).empty()) return false;
  return artefact.format == Format::kZip || artefact.format == Format::kTar ||
         artefact.format == Format::kGzip;
}

namespace {

struct NamedFormat {
  std::string_view ending;  // or the whole name
  std::string_view words;   // separated by spaces
};
constexpr NamedFormat kNamedFormats[] = {
    {".safetensors", "safetensors"},
    {".bin", "torch-zip torch-legacy torch-tar pickle"},
    {".pt", "torch-zip torch-legacy torch-tar pickle"},
    {".pth", "torch-zip torch-legacy torch-tar pickle"},
    {".ckpt", "torch-zip torch-legacy torch-tar pickle"},
    {".gguf", "gguf"},
    {".h5", "hdf5"},
    {".hdf5", "hdf5"},
    {".npy", "numpy"},
    {".npz", "npz"},
    {".keras", "keras"},
    {".onnx", "onnx"},
    {".tflite", "tflite"},
    {"saved_model.pb", "savedmodel"},
    {"saved_model.pbtxt", "savedmodel"},
};

// Of formats that inspect has no name for, the word by which contracts know them.
std::string_view WordOfName(std::string_view path) {
  const auto ends = [&](std::string_view ending) { return path.ends_with(ending); };
  if (ends(".onnx") || ends(".onnx_data") || ends(".onnx.data")) return "onnx";
  if (ends(".npz")) return "npz";
  if (ends(".keras")) return "keras";
  if (ends(".tflite")) return "tflite";
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name == "saved_model.pb" || name == "saved_model.pbtxt" || name == "variables.index" ||
      name.starts_with("variables.data-")) {
    return "savedmodel";
  }
  return {};
}

}  // namespace

std::vector<std::string_view> FormatsOfName(std::string_view name) {
  std::vector<std::string_view> words;
  for (const NamedFormat& row : kNamedFormats) {
    if (!name.ends_with(row.ending)) continue;
    for (std::string_view rest = row.words; !rest.empty();) {
      const size_t space = std::min(rest.find(' '), rest.size());
      words.push_back(rest.substr(0, space));
      rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    return words;
  }
  return words;
}

std::string_view WeightsFormat(const Artefact& artefact) {
  // What the bytes are goes before what the name says: torch writes zips too.
  const bool open = artefact.format == Format::kUnknown || artefact.format == Format::kZip ||
                    artefact.format == Format::kText;
  const std::string_view word = open ? WordOfName(artefact.path) : std::string_view();
  if (!word.empty()) return word;
  const bool weights = artefact.role == Role::kWeights && artefact.format != Format::kJson;
  return weights ? FormatName(artefact.format) : std::string_view();
}

std::span<const std::string_view> FormatWords() {
  static constexpr std::string_view kWords[] = {
      "safetensors", "torch-zip", "torch-legacy", "torch-tar", "pickle",     "gguf",  "hdf5",
      "numpy",       "onnx",      "npz",          "keras",     "savedmodel", "tflite"};
  return kWords;
}

bool IsFormatWord(std::string_view word) {
  const auto words = FormatWords();
  return std::find(words.begin(), words.end(), word) != words.end();
}

Artefact ArtefactOfName(std::string_view name) {
  Artefact artefact{std::string(name), 0, Format::kUnknown, RoleOf(name), std::nullopt};
  const std::vector<std::string_view> words = FormatsOfName(name);
  constexpr Format kFormats[] = {Format::kSafetensors, Format::kTorchZip, Format::kGguf,
                                 Format::kHdf5, Format::kNumpy};
  for (const Format format : kFormats) {
    if (!words.empty() && words[0] == FormatName(format)) artefact.format = format;
  }
  return artefact;
}

}  // namespace weighlock
