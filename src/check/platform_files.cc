// Reading them.
#include "check/platform_files.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "package/weight_sets.h"

namespace weighlock {
namespace {

// Indexes whose gaps are told: a package has one or two.
constexpr size_t kMostGaps = 20;
constexpr uint64_t kTextBytes = uint64_t{1} << 20;
constexpr uint64_t kAllTextBytes = uint64_t{16} << 20;  // of manifests and texts together

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// Which shard holds which tensor, and where the index says otherwise.
IndexGaps Compare(const OpenedPackage& opened, const WeightSet& set, const JsonValue& index) {
  const auto& artefacts = opened.package.artefacts;
  IndexGaps gaps;
  gaps.index = artefacts[*set.index].path;
  const JsonValue* map = index.Find("weight_map");
  if (map == nullptr) return gaps;
  std::map<std::string_view, std::set<std::string_view>> held;  // tensor -> files
  std::set<std::string_view> there, unread;                     // their paths
  for (const size_t file : set.files) {
    const std::string_view name = artefacts[file].path;
    there.insert(name);
    if (!artefacts[file].model) unread.insert(name);
    if (!artefacts[file].model) continue;
    for (const Tensor& tensor : artefacts[file].model->tensors) held[tensor.name].insert(name);
  }
  std::set<std::string_view> missing, listed;
  for (const auto& [tensor, file] : map->members) {
    listed.insert(tensor);
    const std::string path = ShardPath(gaps.index, file.text);
    if (!there.contains(path)) {
      missing.insert(file.text);
    } else if (const auto found = held.find(tensor); found == held.end()) {
      // What a file that could not be read holds is not known.
      if (unread.empty()) gaps.nowhere.Add(tensor);
    } else if (!found->second.contains(path)) {
      gaps.elsewhere.Add(tensor);
    }
  }
  gaps.missing_files.assign(missing.begin(), missing.end());
  for (const auto& [tensor, files] : held) {
    if (!listed.contains(tensor)) gaps.unlisted.Add(tensor);
  }
  return gaps;
}

MarManifest ReadManifest(const ByteSource& source, const std::string& path, const Limits& limits) {
  MarManifest manifest{path, {}, {}};
  if (source.size() > kTextBytes) {
    manifest.broken = "it is too large to read";
    return manifest;
  }
  const auto bytes = source.Read(0, source.size());
  auto json = bytes ? ParseJson(*bytes, limits) : Result<JsonValue>(Error(Code::kIo, "unread"));
  if (json) {
    manifest.json = *std::move(json);
  } else {
    manifest.broken = json.error().what();
  }
  return manifest;
}

}  // namespace

PlatformFiles ReadPlatformFiles(const OpenedPackage& opened, const Limits& limits) {
  PlatformFiles files;
  for (const WeightSet& set : opened.package.weights) {
    if (!set.index || opened.sources[*set.index].size() > limits.json_bytes) continue;
    const ByteSource& source = opened.sources[*set.index];
    const auto bytes = source.Read(0, source.size());
    const auto index = bytes ? ParseJson(*bytes, limits) : Result<JsonValue>(JsonValue());
    if (!index) continue;
    IndexGaps gaps = Compare(opened, set, *index);
    if (gaps.any()) files.gaps.push_back(std::move(gaps));
    if (files.gaps.size() == kMostGaps) break;
  }
  const auto& artefacts = opened.package.artefacts;
  uint64_t held = 0;
  for (size_t i = 0; i < artefacts.size(); ++i) {
    const std::string& path = artefacts[i].path;
    if (!IsPlatformFile(path)) continue;
    held += std::min(artefacts[i].size, kTextBytes);
    if (held > kAllTextBytes) break;
    if (path == "MAR-INF/MANIFEST.json" || path.ends_with("/MAR-INF/MANIFEST.json")) {
      files.manifests.push_back(ReadManifest(opened.sources[i], path, limits));
    }
    const std::string_view name = NameOf(path);
    const bool code = path == "code/inference.py";
    if (name != "MLmodel" && name != "config.pbtxt" && !code) continue;  // a manifest
    const ByteSource& source = opened.sources[i];
    const auto bytes = source.Read(0, std::min(source.size(), kTextBytes));
    if (bytes) (code ? files.inference : files.texts[path]) = AsText(*bytes);
  }
  return files;
}

}  // namespace weighlock
