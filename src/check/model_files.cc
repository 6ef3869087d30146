// Finding and reading them.
#include "check/model_files.h"

#include <algorithm>

#include "json/syntax_errors.h"

namespace weighlock {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// Of an archive, the folder with the config.json nearest to the top, or else with the weights: into
// which folder it is unpacked is not known. A folder is what is loaded, itself; only the cache of
// the hub has its own form, snapshots/COMMIT/.
std::string Root(const Package& package) {
  const auto in_cache = [](const Artefact& artefact) {
    return artefact.path.starts_with("snapshots/");
  };
  if (package.kind == PackageKind::kFolder &&
      std::none_of(package.artefacts.begin(), package.artefacts.end(), in_cache)) {
    return "";
  }
  const Artefact* best = nullptr;
  const auto depth = [](const Artefact& artefact) {
    return std::count(artefact.path.begin(), artefact.path.end(), '/');
  };
  for (const Artefact& artefact : package.artefacts) {
    if (artefact.path != FolderOf(artefact.path) + "config.json") continue;
    if (best == nullptr || depth(artefact) < depth(*best)) best = &artefact;
  }
  if (best != nullptr) return FolderOf(best->path);
  if (package.weights.empty()) return "";
  return FolderOf(package.artefacts[package.weights[0].files[0]].path);
}

Result<ByteVector> ReadSmall(const ByteSource& source, const Limits& limits) {
  if (source.size() > limits.json_bytes)
    return Error(Code::kLimit, "the file is too large to read");
  return source.Read(0, source.size());
}

JsonFile ReadJsonFile(const OpenedPackage& opened, const std::string& path, const Limits& limits) {
  JsonFile file;
  file.path = path;
  const auto& artefacts = opened.package.artefacts;
  for (size_t i = 0; i < artefacts.size(); ++i) {
    if (artefacts[i].path != path) continue;
    file.present = true;
    const auto bytes = ReadSmall(opened.sources[i], limits);
    auto json = bytes ? ParseJson(*bytes, limits) : Result<JsonValue>(Error(Code::kIo, "unread"));
    if (!bytes) {
      file.broken = bytes.error().what();
    } else if (!json) {
      file.broken = json.error().what();
      file.python_error = JsonSyntaxError(*bytes, JsonReader::kPython);
    } else if (!json->Is(JsonValue::Kind::kObject)) {
      file.broken = "wanted an object";
    } else {
      file.json = *std::move(json);
    }
  }
  return file;
}

std::string TextOf(const JsonFile& file, std::string_view key) {
  const std::string* text = file.json ? file.json->FindString(key) : nullptr;
  return text == nullptr ? "" : *text;
}

}  // namespace

std::string ModelFiles::ConfigText(std::string_view key) const {
  return TextOf(config, key);
}

std::string ModelFiles::TokenizerText(std::string_view key) const {
  return TextOf(tokenizer_config, key);
}

std::string PythonJsonMessage(const std::string& error) {
  return error.empty() ? "" : "JSONDecodeError: " + error;
}

ModelFiles ReadModelFiles(const OpenedPackage& opened, const Limits& limits) {
  ModelFiles files;
  files.root = Root(opened.package);
  const auto& artefacts = opened.package.artefacts;
  for (size_t i = 0; i < artefacts.size(); ++i) {
    if (FolderOf(artefacts[i].path) != files.root) continue;
    const std::string name = artefacts[i].path.substr(files.root.size());
    files.names.insert(name);
    if (name != "tokenizer.json") continue;
    files.has_tokenizer_json = true;
    const auto bytes = ReadSmall(opened.sources[i], limits);
    auto features = bytes ? TokenizerFeatures(AsText(*bytes), limits)
                          : Result<std::vector<TokenizerFeature>>(
                                Error(bytes.error().code(), bytes.error().what()));
    if (features) {
      files.features = *std::move(features);
    } else {
      files.tokenizer_broken = features.error().what();
      if (bytes) {
        files.tokenizer_python_error = JsonSyntaxError(*bytes, JsonReader::kPython);
        files.tokenizer_serde_error = JsonSyntaxError(*bytes, JsonReader::kSerde);
      }
    }
  }
  for (const char* name : {"model.safetensors.index.json", "pytorch_model.bin.index.json"}) {
    const JsonFile index = ReadJsonFile(opened, files.root + name, limits);
    if (index.present && !index.json) files.broken_indexes.emplace(name, index.python_error);
  }
  files.config = ReadJsonFile(opened, files.root + "config.json", limits);
  files.tokenizer_config = ReadJsonFile(opened, files.root + "tokenizer_config.json", limits);
  return files;
}

}  // namespace weighlock
