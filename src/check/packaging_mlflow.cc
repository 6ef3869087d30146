// MLflow's model folder: MLmodel at its top, and the files that it names.
//
// MLmodel is YAML. Of it only lines `key: value` are read, as MLflow writes them; what is written
// in another way is not judged.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

constexpr const char* kSource = "mlflow models/model.py, utils/model_utils.py";

struct PathKey {
  std::string_view key;
  Verdict verdict;  // where what it names is not there
};
// Files of the flavours; code and env are wanted only where the model is served with them.
constexpr PathKey kPathKeys[] = {
    {"data", Verdict::kFail},         {"pickled_model", Verdict::kFail},
    {"model_path", Verdict::kFail},   {"model_binary", Verdict::kFail},
    {"python_model", Verdict::kFail}, {"code", Verdict::kRisk},
    {"env", Verdict::kRisk},          {"conda", Verdict::kRisk},
    {"virtualenv", Verdict::kRisk},
};

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "value", 'value' or value; empty for null, mappings, lists, anchors and block scalars.
std::string_view Scalar(std::string_view text) {
  text = Trim(text);
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0])
    return text.substr(1, text.size() - 2);
  if (text.empty() || text == "null" || text == "~") return {};
  if (std::string_view("{[&*|>!\"'").find(text[0]) != std::string_view::npos) return {};
  return text.substr(0, text.find(" #"));
}

// Files, and the folders that they lie in.
using Paths = std::set<std::string, std::less<>>;

Paths AllPaths(const Package& package) {
  Paths paths;
  for (const Artefact& artefact : package.artefacts) {
    for (size_t slash = artefact.path.find('/'); slash != std::string::npos;
         slash = artefact.path.find('/', slash + 1)) {
      paths.insert(artefact.path.substr(0, slash));
    }
    paths.insert(artefact.path);
  }
  return paths;
}

// What one key names in all flavours together.
struct Named {
  NameCount missing, outside;
};

void Look(const Paths& there, std::string_view value, Named& named) {
  std::string path(value);
  while (path.ends_with('/')) path.pop_back();
  if (path.starts_with("./")) path.erase(0, 2);
  const bool outside = value.starts_with('/') || path == ".." || path.starts_with("../") ||
                       path.find("/../") != std::string::npos;
  if (outside) {
    named.outside.Add(value);
  } else if (!path.empty() && path != "." && !there.contains(path)) {
    named.missing.Add(path);
  }
}

void Tell(const PathKey& key, const Named& named, PackagingFindings& out) {
  const auto more = [](const NameCount& names) {
    return names.count == 1 ? "" : fmt::format(" and {} more", names.count - 1);
  };
  if (named.outside.count > 0) {
    out.Add(Verdict::kRisk, "WL-P-078",
            fmt::format("{} leads out of the package: {}{}", key.key, Quote(named.outside.first),
                        more(named.outside)),
            "MLmodel")
        .source = kSource;
  }
  if (named.missing.count == 0) return;
  out.Add(key.verdict, "WL-P-077",
          fmt::format("{} names {}{}, which is not in the package", key.key,
                      Quote(named.missing.first), more(named.missing)),
          "MLmodel")
      .source = kSource;
}

}  // namespace

void JudgeMlflow(const Situation& s, PackagingFindings& out) {
  if (s.target.platform != Platform::kMlflow) return;
  const auto found = s.files.platform.texts.find("MLmodel");
  if (found == s.files.platform.texts.end()) {
    const bool below =
        std::any_of(s.files.platform.texts.begin(), s.files.platform.texts.end(),
                    [](const auto& text) { return text.first.ends_with("/MLmodel"); });
    CheckFinding& finding = out.Add(Verdict::kFail, "WL-P-076",
                                    below ? "MLmodel lies below the top, where it is not looked for"
                                          : "there is no MLmodel at the top");
    // The server's way, mlflow.pyfunc.load_model.
    finding.message = fmt::format(
        "mlflow.exceptions.MlflowException: Could not find an \"MLmodel\" configuration file at "
        "\"{}/MLmodel\"",
        s.package().path);
    finding.source = kSource;
    return;
  }
  const Paths there = AllPaths(s.package());
  std::string_view rest = found->second;
  bool flavours = false;
  std::array<Named, std::size(kPathKeys)> named;  // by key
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line[0] == '#') continue;
    const size_t colon = line.find(':');
    if (line[0] != ' ') flavours = line.starts_with("flavors:");
    if (!flavours || colon == std::string_view::npos) continue;
    const std::string_view name = Trim(line.substr(0, colon));
    const auto key = std::find_if(std::begin(kPathKeys), std::end(kPathKeys),
                                  [&](const PathKey& k) { return k.key == name; });
    const std::string_view value = Scalar(line.substr(colon + 1));
    if (key == std::end(kPathKeys) || value.empty()) continue;
    Look(there, value, named[static_cast<size_t>(key - std::begin(kPathKeys))]);
  }
  for (size_t i = 0; i < named.size(); ++i) Tell(kPathKeys[i], named[i], out);
}

}  // namespace weighlock
