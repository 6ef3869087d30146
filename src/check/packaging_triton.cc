// Triton's model repository: REPOSITORY/MODEL/[config.pbtxt], REPOSITORY/MODEL/VERSION/FILE.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/escape.h"
#include "check/packaging.h"

namespace weighlock {
namespace {

constexpr const char* kSource = "triton-inference-server model_repository.md; issues 3623, 3687";

// What a backend takes where config.pbtxt names no other file.
constexpr std::string_view kDefaultNames[] = {
    "model.onnx",       "model.plan", "model.pt",       "model.xml",  "model.py",
    "model.savedmodel", "model.dali", "model.graphdef", "model.json", "model.txt"};

struct Version {
  std::set<std::string, std::less<>> entries;  // names of what lies in it
};

struct ModelFolder {
  std::string path;    // with "/", or empty
  std::string config;  // text of config.pbtxt
  bool has_config = false;
  std::map<std::string, Version> folders;  // by name
};

bool IsNumber(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}
// Folders that begin with 0 are passed over.
bool IsVersion(std::string_view name) {
  return IsNumber(name) && name[0] != '0';
}

// Takes "a/" off `rest`; empty where there is no folder in front.
std::string_view TakeFolder(std::string_view& rest) {
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view folder = rest.substr(0, slash);
  rest.remove_prefix(slash + 1);
  return folder;
}

void Place(ModelFolder& model, std::string_view rest, const Situation& s, const std::string& path) {
  if (rest == "config.pbtxt") {
    model.has_config = true;
    const auto text = s.files.platform.texts.find(path);
    if (text != s.files.platform.texts.end()) model.config = text->second;
    return;
  }
  const std::string_view folder = TakeFolder(rest);
  if (folder.empty()) return;
  model.folders[std::string(folder)].entries.emplace(rest.substr(0, rest.find('/')));
}

// The models of a repository, or the one model that the package is. `others` counts folders of a
// repository that are none: the server takes each for a model all the same.
std::vector<ModelFolder> Models(const Situation& s, NameCount& others) {
  const auto& artefacts = s.package().artefacts;
  const bool one = std::any_of(artefacts.begin(), artefacts.end(), [](const Artefact& a) {
    const size_t slash = a.path.find('/');
    return a.path == "config.pbtxt" ||
           (slash != std::string::npos && IsNumber(a.path.substr(0, slash)));
  });
  std::map<std::string, ModelFolder, std::less<>> models;
  const auto place = [&](std::string_view path, bool is_folder) {
    std::string_view rest = path;
    std::string name;
    if (!one) {
      name = TakeFolder(rest);
      if (name.empty()) return;
    }
    ModelFolder& model = models[name];
    model.path = name.empty() ? "" : name + "/";
    if (is_folder) {
      model.folders[std::string(rest.substr(0, rest.find('/')))];
    } else {
      Place(model, rest, s, std::string(path));
    }
  };
  for (const Artefact& artefact : artefacts) place(artefact.path, false);
  for (const std::string& folder : s.package().empty_folders) place(folder, true);
  std::vector<ModelFolder> found;
  for (auto& [name, model] : models) {
    const bool versioned = std::any_of(model.folders.begin(), model.folders.end(),
                                       [](const auto& folder) { return IsNumber(folder.first); });
    if (model.has_config || versioned) {
      found.push_back(std::move(model));
    } else {
      others.Add(model.path);
    }
  }
  return found;
}

// The value of a text field at any depth of a text-format message: `name: "value"`; or empty.
std::string TextField(std::string_view config, std::string_view name) {
  for (size_t at = config.find(name); at != std::string_view::npos;
       at = config.find(name, at + 1)) {
    std::string_view rest = config.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) continue;
    const size_t end = rest.find(rest[0], 1);
    if (end != std::string_view::npos) return std::string(rest.substr(1, end - 1));
  }
  return {};
}

std::string NameOf(const ModelFolder& model, const Situation& s) {
  if (!model.path.empty()) return model.path.substr(0, model.path.size() - 1);
  const std::string named = TextField(model.config, "name");
  std::string path = s.package().path;
  while (path.ends_with('/')) path.pop_back();
  return named.empty() ? path.substr(path.rfind('/') + 1) : named;
}

// What is wrong with the models of a repository, each kind told once.
struct Wrong {
  NameCount without_version, without_wanted, without_known;  // paths
  std::string model;                                         // the first without a version
  bool only_zero = false;                                    // it has versions that begin with 0
  std::string wanted;                                        // the file of the first without it
  NameCount no_models;                                       // folders beside the models
};

void Look(const ModelFolder& model, const Situation& s, Wrong& wrong) {
  const bool ensemble = TextField(model.config, "platform") == "ensemble";
  const std::string wanted = TextField(model.config, "default_model_filename");
  bool any = false, zero = false;
  for (const auto& [name, version] : model.folders) {
    zero |= IsNumber(name);
    if (!IsVersion(name)) continue;
    any = true;
    if (ensemble) continue;
    const auto holds = [&entries = version.entries](std::string_view file) {
      return entries.contains(file);
    };
    if (!wanted.empty() && !holds(wanted)) {
      if (wrong.without_wanted.count == 0) wrong.wanted = wanted;
      wrong.without_wanted.Add(model.path + name + "/");
    } else if (wanted.empty() &&
               std::none_of(std::begin(kDefaultNames), std::end(kDefaultNames), holds)) {
      wrong.without_known.Add(model.path + name + "/");
    }
  }
  if (any) return;
  if (wrong.without_version.count == 0) {
    wrong.model = NameOf(model, s);
    wrong.only_zero = zero;
  }
  wrong.without_version.Add(model.path.empty() ? "config.pbtxt" : model.path);
}

// By default a server that cannot load one model ends.
void TellOthers(const Wrong& wrong, PackagingFindings& out) {
  const NameCount& others = wrong.no_models;
  if (others.count == 0) return;
  std::string more = others.count > 1 ? fmt::format("; {} more like it", others.count - 1) : "";
  CheckFinding& finding =
      out.Add(Verdict::kRisk, "WL-P-073",
              fmt::format("{} has neither config.pbtxt nor a folder of a version, and the server "
                          "takes each folder of a repository for a model: unless it is told "
                          "otherwise, it ends where one of them does not load{}",
                          Escape(others.first), more),
              others.first);
  finding.message = "failed to load all models";
  finding.source = kSource;
}

void Tell(const Wrong& wrong, PackagingFindings& out) {
  const auto add = [&](Verdict verdict, const char* rule, std::string text,
                       const NameCount& where) {
    if (where.count > 1) text += fmt::format("; {} more like it", where.count - 1);
    CheckFinding& finding = out.Add(verdict, rule, std::move(text), where.first);
    finding.source = kSource;
    return &finding;
  };
  if (wrong.without_version.count > 0) {
    add(Verdict::kFail, "WL-P-074",
        wrong.only_zero
            ? "folders of versions that begin with 0 are passed over, and there are no others"
            : "there is no folder of a version, 1/ or another number, beside config.pbtxt",
        wrong.without_version)
        ->message =
        fmt::format("at least one version must be available under the version policy of model '{}'",
                    wrong.model);
  }
  if (wrong.without_wanted.count > 0) {
    add(Verdict::kFail, "WL-P-075",
        fmt::format("config.pbtxt wants {}, which this version does not hold", Quote(wrong.wanted)),
        wrong.without_wanted);
  }
  if (wrong.without_known.count > 0) {
    add(Verdict::kRisk, "WL-P-075",
        "this version holds no file of a name that a backend looks for (model.onnx, model.pt, "
        "model.py, ...), and config.pbtxt names no other",
        wrong.without_known);
  }
}

}  // namespace

void JudgeTriton(const Situation& s, PackagingFindings& out) {
  if (s.target.platform != Platform::kTriton) return;
  Wrong wrong;
  const std::vector<ModelFolder> models = Models(s, wrong.no_models);
  if (models.empty()) {
    out.Add(Verdict::kFail, "WL-P-073",
            "this is no model repository: the server wants MODEL/config.pbtxt and MODEL/1/FILE")
        .source = kSource;
    return;
  }
  for (const ModelFolder& model : models) Look(model, s, wrong);
  Tell(wrong, out);
  TellOthers(wrong, out);
}

}  // namespace weighlock
