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

constexpr std::array<std::string_view, 60> kTrusted = {
    "_codecs", "abc",          "accelerate",  "argparse",    "array",      "ast",
    "base64",  "builtins",     "codecs",      "collections", "contextlib", "copy",
    "copyreg", "csv",          "dataclasses", "datetime",    "decimal",    "diffusers",
    "enum",    "fractions",    "functools",   "hashlib",     "importlib",  "inspect",
    "io",      "itertools",    "joblib",      "json",        "lightgbm",   "logging",
    "math",    "numpy",        "operator",    "os",          "pandas",     "pathlib",
    "peft",    "pickle",       "random",      "re",          "requests",   "safetensors",
    "scipy",   "sklearn",      "socket",      "ssl",         "struct",     "subprocess",
    "sys",     "tempfile",     "tensorflow",  "threading",   "time",       "tokenizers",
    "torch",   "transformers", "types",       "typing",      "uuid",       "zipfile"};

bool IsTrusted(std::string_view module) {
  return std::find(kTrusted.begin(), kTrusted.end(), module) != kTrusted.end();
}

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
  if (name != "__init__") return IsTrusted(name) ? name : std::string_view();
  if (slash == path.npos) return {};
  const std::string_view folder = path.substr(0, slash);
  const std::string_view package =
      folder.substr(folder.rfind('/') == folder.npos ? 0 : folder.rfind('/') + 1);
  return IsTrusted(package) ? package : std::string_view();
}

}  // namespace

void JudgePackage(Scanner& scanner) {
  MatchExternalData(scanner);
  std::set<std::pair<std::string, std::string>> said;
  const size_t count = scanner.report().files.size();
  for (size_t i = 0; i < count; ++i) {
    const std::string path = scanner.report().files[i].path;
    const std::string member = path.substr(path.rfind('!') == path.npos ? 0 : path.rfind('!') + 1);
    const std::string_view module = HiddenModule(member);
    if (module.empty() || !said.emplace(path, module).second) continue;
    scanner.FileAt(i).Add(
        "WL-S-405", kNoOffset,
        fmt::format("it is imported in place of the module {}, which is trusted", Quote(module)));
  }
}

}  // namespace weighlock::scan
