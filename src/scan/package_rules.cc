// What only the package as a whole shows. A module that lies beside the model is found before the
// one of its name that is installed.
#include "scan/package_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/escape.h"
#include "scan/model/external_data.h"

namespace weighlock::scan {
namespace {

constexpr std::array<std::string_view, 126> kTrusted = {"_codecs",
                                                        "abc",
                                                        "accelerate",
                                                        "argparse",
                                                        "array",
                                                        "ast",
                                                        "asyncio",
                                                        "base64",
                                                        "bisect",
                                                        "builtins",
                                                        "bz2",
                                                        "codecs",
                                                        "collections",
                                                        "concurrent",
                                                        "contextlib",
                                                        "copy",
                                                        "copyreg",
                                                        "csv",
                                                        "ctypes",
                                                        "cv2",
                                                        "dataclasses",
                                                        "datetime",
                                                        "decimal",
                                                        "diffusers",
                                                        "email",
                                                        "encodings",
                                                        "enum",
                                                        "errno",
                                                        "fastapi",
                                                        "filelock",
                                                        "flask",
                                                        "fnmatch",
                                                        "fractions",
                                                        "functools",
                                                        "genericpath",
                                                        "glob",
                                                        "gzip",
                                                        "hashlib",
                                                        "heapq",
                                                        "hmac",
                                                        "html",
                                                        "http",
                                                        "huggingface_hub",
                                                        "importlib",
                                                        "inspect",
                                                        "io",
                                                        "itertools",
                                                        "jinja2",
                                                        "joblib",
                                                        "json",
                                                        "keras",
                                                        "keyword",
                                                        "lightgbm",
                                                        "linecache",
                                                        "locale",
                                                        "logging",
                                                        "lzma",
                                                        "math",
                                                        "mimetypes",
                                                        "multiprocessing",
                                                        "numbers",
                                                        "numpy",
                                                        "onnx",
                                                        "onnxruntime",
                                                        "opcode",
                                                        "operator",
                                                        "os",
                                                        "packaging",
                                                        "pandas",
                                                        "pathlib",
                                                        "peft",
                                                        "pickle",
                                                        "PIL",
                                                        "posixpath",
                                                        "pydantic",
                                                        "queue",
                                                        "random",
                                                        "re",
                                                        "regex",
                                                        "reprlib",
                                                        "requests",
                                                        "safetensors",
                                                        "scipy",
                                                        "select",
                                                        "selectors",
                                                        "sentencepiece",
                                                        "shutil",
                                                        "signal",
                                                        "site",
                                                        "sklearn",
                                                        "socket",
                                                        "socketserver",
                                                        "ssl",
                                                        "stat",
                                                        "string",
                                                        "struct",
                                                        "subprocess",
                                                        "sys",
                                                        "tarfile",
                                                        "tempfile",
                                                        "tensorflow",
                                                        "textwrap",
                                                        "threading",
                                                        "time",
                                                        "tokenizers",
                                                        "torch",
                                                        "torchaudio",
                                                        "torchvision",
                                                        "tqdm",
                                                        "traceback",
                                                        "transformers",
                                                        "types",
                                                        "typing",
                                                        "typing_extensions",
                                                        "unicodedata",
                                                        "urllib",
                                                        "urllib3",
                                                        "uuid",
                                                        "uvicorn",
                                                        "warnings",
                                                        "weakref",
                                                        "xgboost",
                                                        "yaml",
                                                        "zipfile",
                                                        "zipimport",
                                                        "zlib"};

// "torch" of "model/code/torch/__init__.py", "json" of "json.py"; empty where no module is hidden.
std::string_view HiddenModule(std::string_view path) {
  if (!path.ends_with(".py") && !path.ends_with(".so") && !path.ends_with(".pyd") &&
      !path.ends_with(".pyc")) {
    return {};
  }
  // TorchScript keeps the sources of its graph under names like these, where nothing imports them.
  if (path.find("/code/__torch__") != path.npos) return {};
  const size_t slash = path.rfind('/');
  std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
  name = name.substr(0, name.find('.'));
  if (name != "__init__") return IsTrustedModule(name) ? name : std::string_view();
  if (slash == path.npos) return {};
  const std::string_view folder = path.substr(0, slash);
  const std::string_view package =
      folder.substr(folder.rfind('/') == folder.npos ? 0 : folder.rfind('/') + 1);
  return IsTrustedModule(package) ? package : std::string_view();
}

// Of a member, also the archive that it lies in.
std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.find_last_of("/!");
  return path.substr(0, slash == path.npos ? 0 : slash);
}

// Folders in which modules are parts of a package ("acme/io.py" beside "acme/__init__.py", in a
// folder with other files): imported by that, and not in place of others. Not what serving imports
// from: code/, and the folder of the model.
class Packages {
 public:
  explicit Packages(const std::vector<ScannedFile>& files) {
    for (const ScannedFile& file : files) {
      const std::string_view folder = FolderOf(file.path);
      folders_.insert(folder);
      if (file.path.ends_with("/__init__.py")) packages_.insert(folder);
    }
  }

  bool HoldPartOf(std::string_view path) const {
    std::string_view folder = FolderOf(path);
    if (path.ends_with("/__init__.py")) folder = FolderOf(folder);
    const bool is_searched = folder.ends_with("/code") || folder.ends_with("!code") ||
                             folder.find_first_of("/!") == folder.npos;
    return !is_searched && packages_.contains(folder) && folders_.contains(FolderOf(folder));
  }

 private:
  std::set<std::string_view> folders_, packages_;
};

}  // namespace

bool IsTrustedModule(std::string_view name) {
  return std::find(kTrusted.begin(), kTrusted.end(), name) != kTrusted.end();
}

void JudgePackage(Scanner& scanner) {
  MatchExternalData(scanner);
  const Packages packages(scanner.report().files);
  std::set<std::pair<std::string, std::string>> said;
  const size_t count = scanner.report().files.size();
  for (size_t i = 0; i < count; ++i) {
    const std::string path = scanner.report().files[i].path;
    const std::string member = path.substr(path.rfind('!') == path.npos ? 0 : path.rfind('!') + 1);
    const std::string_view module = HiddenModule(member);
    if (module.empty() || !said.emplace(path, module).second) continue;
    ScanFinding& finding = scanner.FileAt(i).Add(
        "WL-S-405", kNoOffset,
        fmt::format("it is imported in place of the module {}, which is trusted", Quote(module)));
    if (!packages.HoldPartOf(path)) continue;
    finding.level = Level::kMedium;
    finding.verdict = ScanVerdict::kReview;
  }
}

}  // namespace weighlock::scan
