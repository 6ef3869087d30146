// Finding and reading them.
#include "check/model_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/decode_error.h"
#include "json/python_text.h"
#include "json/syntax_errors.h"

namespace weighlock {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// The file of this name nearest to the top, or null.
const Artefact* Nearest(const Package& package, std::string_view name) {
  const Artefact* best = nullptr;
  const auto depth = [](const Artefact& artefact) {
    return std::count(artefact.path.begin(), artefact.path.end(), '/');
  };
  for (const Artefact& artefact : package.artefacts) {
    if (std::string_view(artefact.path).substr(FolderOf(artefact.path).size()) != name) continue;
    if (best == nullptr || depth(artefact) < depth(*best)) best = &artefact;
  }
  return best;
}

// The folder with the config.json, or else the adapter_config.json, or else the weights.
std::string FolderOfModel(const Package& package) {
  for (const char* name : {"config.json", "adapter_config.json"}) {
    if (const Artefact* file = Nearest(package, name)) return FolderOf(file->path);
  }
  if (package.weights.empty()) return "";
  return FolderOf(package.artefacts[package.weights[0].files[0]].path);
}

// A folder is what is loaded, itself. Into which folder an archive is unpacked is not known; the
// hub's cache, and servers that keep a model below their own files, look further down.
std::string Root(const Package& package, const std::string& folder_of_model) {
  const auto looks_below = [](const Artefact& artefact) {
    const std::string name = artefact.path.substr(FolderOf(artefact.path).size());
    return artefact.path.starts_with("snapshots/") || name == "MLmodel" || name == "config.pbtxt" ||
           artefact.path.starts_with("MAR-INF/");
  };
  const bool itself = package.kind == PackageKind::kFolder &&
                      std::none_of(package.artefacts.begin(), package.artefacts.end(), looks_below);
  return itself ? "" : folder_of_model;
}

Result<ByteVector> ReadSmall(const ByteSource& source, const Limits& limits) {
  if (source.size() > limits.json_bytes)
    return Error(Code::kLimit, "the file is too large to read");
  return source.Read(0, source.size());
}

// What Python raises where it reads a text that is no JSON; empty: nothing.
std::string PythonError(Bytes text) {
  if (const std::string error = PythonDecodeError(text); !error.empty()) {
    return "UnicodeDecodeError: " + error;
  }
  const std::string error = JsonSyntaxError(text, JsonReader::kPython);
  return error.empty() ? "" : "JSONDecodeError: " + error;
}

JsonFile ReadJsonFile(const OpenedPackage& opened, const std::string& path, const Limits& limits) {
  JsonFile file;
  file.path = path;
  const auto& artefacts = opened.package.artefacts;
  for (size_t i = 0; i < artefacts.size(); ++i) {
    if (artefacts[i].path != path) continue;
    file.present = true;
    auto bytes = ReadSmall(opened.sources[i], limits);
    if (const auto finite = bytes ? WithoutNonFinite(AsText(*bytes)) : std::nullopt) {
      const Bytes text = AsBytes(*finite);
      bytes->assign(text.begin(), text.end());
    }
    auto json = bytes ? ParseJson(*bytes, limits, DuplicateKeys::kLastCounts)
                      : Result<JsonValue>(Error(Code::kIo, "unread"));
    if (!bytes) {
      file.broken = bytes.error().what();
    } else if (!json) {
      file.broken = json.error().what();
      file.python_error = PythonError(*bytes);
    } else if (!json->Is(JsonValue::Kind::kObject)) {
      file.broken = "wanted an object";
      file.python_class = PythonClass(*json);
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

// What Python says where it puts the names of shards into a set, and sorts them; empty: nothing, or
// it hangs on their order.
std::string ShardsError(const JsonValue& map) {
  if (!map.Is(JsonValue::Kind::kObject)) {
    return fmt::format("AttributeError: '{}' object has no attribute 'values'", PythonClass(map));
  }
  for (const JsonMember& member : map.members) {
    const bool is_tree =
        member.value.Is(JsonValue::Kind::kArray) || member.value.Is(JsonValue::Kind::kObject);
    if (is_tree) return fmt::format("TypeError: unhashable type: '{}'", PythonClass(member.value));
  }
  return {};
}

// What it says where it writes into the metadata, and joins a path; empty: nothing.
std::string MetadataError(const JsonValue& metadata, const JsonValue& map) {
  if (metadata.Is(JsonValue::Kind::kArray)) {
    return "TypeError: list indices must be integers or slices, not str";
  }
  if (!metadata.Is(JsonValue::Kind::kObject)) {
    return fmt::format("TypeError: '{}' object does not support item assignment",
                       PythonClass(metadata));
  }
  if (map.members.empty() || map.members[0].value.Is(JsonValue::Kind::kString)) return {};
  const std::string_view kind = PythonClass(map.members[0].value);
  const bool is_one_kind =
      std::all_of(map.members.begin(), map.members.end(),
                  [&](const JsonMember& member) { return PythonClass(member.value) == kind; });
  if (!is_one_kind) return {};
  return fmt::format(
      "TypeError: join() argument must be str, bytes, or os.PathLike object, not '{}'", kind);
}

// What Python says of an index, from which it takes two keys, in that order.
std::string IndexError(const JsonFile& index) {
  if (!index.json) return "TypeError: list indices must be integers or slices, not str";
  const JsonValue* map = index.json->Find("weight_map");
  if (map == nullptr) return "KeyError: 'weight_map'";
  if (std::string error = ShardsError(*map); !error.empty()) return error;
  const JsonValue* metadata = index.json->Find("metadata");
  return metadata == nullptr ? "KeyError: 'metadata'" : MetadataError(*metadata, *map);
}

// Shards are opened in the order of their names; empty: the index lists none.
std::string FirstShard(const JsonValue& index) {
  std::string first;
  for (const JsonMember& member : index.Find("weight_map")->members) {
    const std::string& name = member.value.text;
    if (member.value.Is(JsonValue::Kind::kString) && (first.empty() || name < first)) first = name;
  }
  return first;
}

}  // namespace

std::string ModelFiles::ConfigText(std::string_view key) const {
  return TextOf(config, key);
}

std::string ModelFiles::TokenizerText(std::string_view key) const {
  return TextOf(tokenizer_config, key);
}

ModelFiles ReadModelFiles(const OpenedPackage& opened, const Limits& limits) {
  ModelFiles files;
  files.folder_of_model = FolderOfModel(opened.package);
  files.root = Root(opened.package, files.folder_of_model);
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
        files.tokenizer_python_error = PythonError(*bytes);
        files.tokenizer_serde_error = JsonSyntaxError(*bytes, JsonReader::kSerde);
      }
    }
  }
  for (const char* name : {"model.safetensors.index.json", "pytorch_model.bin.index.json"}) {
    const JsonFile index = ReadJsonFile(opened, files.root + name, limits);
    if (!index.present) continue;
    const bool read = index.json || index.python_class == "list";
    const std::string error = read ? IndexError(index) : index.python_error;
    if (!error.empty() || !index.json) {
      files.broken_indexes.emplace(name, error);
    } else if (std::string first = FirstShard(*index.json); !first.empty()) {
      files.first_shards.emplace(name, std::move(first));
    } else if (index.json->Find("weight_map")->members.empty()) {
      files.empty_indexes.emplace(name);
    }
  }
  files.config = ReadJsonFile(opened, files.root + "config.json", limits);
  files.tokenizer_config = ReadJsonFile(opened, files.root + "tokenizer_config.json", limits);
  files.special_tokens_map = ReadJsonFile(opened, files.root + "special_tokens_map.json", limits);
  files.added_tokens = ReadJsonFile(opened, files.root + "added_tokens.json", limits);
  files.generation_config = ReadJsonFile(opened, files.root + "generation_config.json", limits);
  files.adapter_config = ReadJsonFile(opened, files.root + "adapter_config.json", limits);
  files.platform = ReadPlatformFiles(opened, limits);
  return files;
}

std::optional<ByteVector> ContentOf(const OpenedPackage& opened, const ModelFiles& files,
                                    std::string_view name) {
  const auto& artefacts = opened.package.artefacts;
  const std::string path = files.root + std::string(name);
  for (size_t i = 0; i < artefacts.size(); ++i) {
    if (artefacts[i].path != path) continue;
    const ByteSource& source = opened.sources[i];
    if (source.size() > Limits().json_bytes) return std::nullopt;
    auto content = source.Read(0, source.size());
    return content ? std::optional(*std::move(content)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace weighlock
