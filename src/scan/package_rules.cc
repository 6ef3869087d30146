// What only the package as a whole shows. A module that lies beside the model is found before the
// one of its name that is installed.
#include "scan/package_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/escape.h"
#include "scan/model/external_data.h"

namespace weighlock::scan {
namespace {

constexpr std::array<std::string_view, 127> kTrusted = {"_codecs",
                                                        "_loss",
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

// Letters that are not seen, and those by which what follows is read from its other end.
bool HasUnseenLetters(std::string_view name) {
  for (size_t i = 0; i + 2 < name.size(); ++i) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(name[i + k]); };
    if (byte(0) != 0xE2) continue;
    const bool is_unseen =
        byte(1) == 0x80 && (byte(2) == 0x8B || byte(2) == 0x8E || byte(2) == 0x8F ||
                            (byte(2) >= 0xAA && byte(2) <= 0xAE));
    const bool is_turning = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
    if (is_unseen || is_turning) return true;
  }
  return false;
}

// "aux.txt", "com1": devices for Windows, in any folder.
bool NamesDevice(std::string_view name) {
  std::string stem(name.substr(0, name.find('.')));
  std::transform(stem.begin(), stem.end(), stem.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::array<std::string_view, 4> kDevices = {"CON", "PRN", "AUX", "NUL"};
  if (std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) &&
         stem[3] >= '1' && stem[3] <= '9';
}

// How the last component of a member's name becomes another one; empty where it does not.
std::string_view DeceivesBy(std::string_view name) {
  if (HasUnseenLetters(name)) return "letters that nobody sees, or that turn what follows around";
  if (name.ends_with('.') || name.ends_with(' ')) return "an end that Windows drops";
  if (name.find(':') != name.npos) return "a colon, behind which Windows has another file";
  return NamesDevice(name) ? "the name of a device of Windows" : std::string_view();
}

// Of members of archives: what lies in a folder has its name already.
void JudgeNames(Scanner& scanner) {
  constexpr size_t kMostFindings = 100;
  size_t found = 0;
  const size_t count = scanner.report().files.size();
  for (size_t i = 0; i < count && found < kMostFindings; ++i) {
    const std::string& path = scanner.report().files[i].path;
    const size_t mark = path.rfind('!');
    if (mark == path.npos || path.substr(mark).find("!+0x") == 0) continue;
    const std::string_view name = std::string_view(path).substr(path.find_last_of("/!") + 1);
    const std::string_view how = DeceivesBy(name);
    if (how.empty()) continue;
    ++found;
    scanner.FileAt(i).Add("WL-S-230", kNoOffset, fmt::format("its name has {}", how));
  }
}

}  // namespace

bool IsTrustedModule(std::string_view name) {
  return std::find(kTrusted.begin(), kTrusted.end(), name) != kTrusted.end();
}

void JudgePackage(Scanner& scanner) {
  MatchExternalData(scanner);
  JudgeNames(scanner);
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
