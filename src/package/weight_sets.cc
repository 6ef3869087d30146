// Indexes first, for they say what belongs to what; then shards that none of them lists, by their
// names. Every weights file left over stands alone.
#include "package/weight_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/escape.h"
#include "json/json.h"
#include "package/roles.h"

namespace weighlock {
namespace {

// Missing shards that are named.
constexpr size_t kMostMissing = 100;

using PathIndex = std::map<std::string, size_t, std::less<>>;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// Where "-00001-of-00003" begins in a file's name, or npos.
size_t ShardNumber(std::string_view name) {
  constexpr std::string_view kForm = "-ddddd-of-ddddd";
  for (size_t at = name.find('-'); at != std::string_view::npos; at = name.find('-', at + 1)) {
    if (name.size() - at <= kForm.size() || name[at + kForm.size()] != '.') continue;
    bool fits = true;
    for (size_t i = 0; i < kForm.size(); ++i) {
      const char c = name[at + i];
      fits = fits && (kForm[i] == 'd' ? c >= '0' && c <= '9' : c == kForm[i]);
    }
    if (fits) return at;
  }
  return std::string_view::npos;
}

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// The path of a shard, as that of the `number`th of its set.
std::string WithNumber(std::string path, unsigned number) {
  const size_t at = path.rfind('/') + 1 + ShardNumber(NameOf(path)) + 1;
  return path.replace(at, 5, fmt::format("{:05}", number));
}

// How many shards there are, as the name of one of them says: at most 99,999.
unsigned ShardCount(const std::string& path) {
  const std::string name = NameOf(path);
  return static_cast<unsigned>(std::stoul(name.substr(ShardNumber(name) + 10, 5)));
}

// "model-00001-of-00003.safetensors" -> "model"; a name without shard numbers loses its extension.
std::string StemOf(const std::string& path) {
  const std::string name = NameOf(path);
  return name.substr(0, std::min(ShardNumber(name), name.find('.')));
}

// The index's JSON, its weight_map checked: every value the name of a file beside it or below.
Result<JsonValue> ReadIndex(const ByteSource& source, const Limits& limits) {
  if (source.size() > limits.json_bytes) {
    return Error(Code::kLimit, fmt::format("the index has {} bytes, at most {} are read",
                                           source.size(), limits.json_bytes));
  }
  WL_TRY(const ByteVector text, source.Read(0, source.size()));
  WL_TRY(JsonValue root, ParseJson(text, limits));
  const JsonValue* map = root.Find("weight_map");
  if (map == nullptr || !map->Is(JsonValue::Kind::kObject)) {
    return Error(Code::kMalformed, "the index has no weight_map object", root.offset);
  }
  for (const auto& [tensor, file] : map->members) {
    const bool plain =
        file.Is(JsonValue::Kind::kString) && !ShardPath(std::string(), file.text).empty();
    if (!plain) {
      return Error(
          Code::kMalformed,
          fmt::format("weight_map {}: wanted the name of a file beside the index", Quote(tensor)),
          file.offset);
    }
  }
  return root;
}

class Finder {
 public:
  Finder(Package& package, std::span<const ByteSource> sources, const Limits& limits)
      : package_(package), sources_(sources), limits_(limits) {
    for (size_t i = 0; i < package.artefacts.size(); ++i) paths_[package.artefacts[i].path] = i;
  }

  void Run() {
    for (size_t i = 0; i < package_.artefacts.size(); ++i) {
      if (package_.artefacts[i].role == Role::kWeights && IsIndexName(package_.artefacts[i].path)) {
        AddIndexed(i);
      }
    }
    for (size_t i = 0; i < package_.artefacts.size(); ++i) {
      const Artefact& artefact = package_.artefacts[i];
      if (artefact.role != Role::kWeights || claimed_.contains(i) || IsIndexName(artefact.path)) {
        continue;
      }
      if (IsShardName(artefact.path)) {
        AddUnlisted(i);
      } else {
        package_.weights.push_back(
            {artefact.format, StemOf(artefact.path), {}, {i}, artefact.model.has_value(), {}});
      }
    }
    for (const size_t set : unlisted_) CloseUnlisted(package_.weights[set]);
  }

 private:
  void Report(Severity severity, const std::string& path, std::string text) {
    package_.findings.push_back({severity, path, kNoOffset, std::move(text)});
  }

  void AddIndexed(size_t index) {
    const std::string path = package_.artefacts[index].path;
    auto read = ReadIndex(sources_[index], limits_);
    if (!read) {
      package_.findings.push_back({Severity::kError, path, read.error().offset(),
                                   read.error().what(), read.error().code()});
      return;
    }
    const JsonValue& map = *read->Find("weight_map");
    std::map<std::string, std::set<std::string_view>> shards;  // file -> tensors it should hold
    for (const auto& [tensor, file] : map.members) shards[file.text].insert(tensor);

    WeightSet set{Format::kUnknown, StemOf(path), index, {}, true, {}};
    for (const auto& [file, tensors] : shards) {
      const auto found = paths_.find(ShardPath(path, file));
      if (found == paths_.end()) {
        Report(Severity::kError, path,
               fmt::format("the index wants the shard {} ({} tensors), which is not in the package",
                           Quote(file), tensors.size()));
        set.complete = false;
        set.missing.push_back(file);
        continue;
      }
      // Under two names it is one file.
      const bool is_new = std::count(set.files.begin(), set.files.end(), found->second) == 0;
      claimed_.insert(found->second);
      if (is_new) set.files.push_back(found->second);
      const Artefact& shard = package_.artefacts[found->second];
      if (set.format == Format::kUnknown) set.format = shard.format;
      if (shard.model) {
        CompareShard(path, file, tensors, *shard.model, set);
      } else {
        set.complete = false;
      }
    }
    CompareSize(path, *read, set);
    if (!set.files.empty()) package_.weights.push_back(std::move(set));
  }

  // Shards that no index lists belong together where their names do.
  void AddUnlisted(size_t shard) {
    const Artefact& artefact = package_.artefacts[shard];
    const auto belongs = [&](size_t i) {
      const WeightSet& set = package_.weights[i];
      return set.format == artefact.format &&
             WithNumber(package_.artefacts[set.files[0]].path, 0) == WithNumber(artefact.path, 0);
    };
    const auto found = std::find_if(unlisted_.begin(), unlisted_.end(), belongs);
    if (found == unlisted_.end()) {
      unlisted_.push_back(package_.weights.size());
      package_.weights.push_back(
          {artefact.format, StemOf(artefact.path), {}, {shard}, artefact.model.has_value(), {}});
      return;
    }
    WeightSet& set = package_.weights[*found];
    set.files.push_back(shard);
    set.complete = set.complete && artefact.model.has_value();
  }

  void CloseUnlisted(WeightSet& set) {
    const auto& artefacts = package_.artefacts;
    std::sort(set.files.begin(), set.files.end(),
              [&](size_t a, size_t b) { return artefacts[a].path < artefacts[b].path; });
    const std::string& first = artefacts[set.files[0]].path;
    std::set<std::string_view> there;
    for (const size_t file : set.files) there.insert(artefacts[file].path);
    for (unsigned i = 1; i <= ShardCount(first) && set.missing.size() < kMostMissing; ++i) {
      const std::string wanted = WithNumber(first, i);
      if (!there.contains(wanted)) set.missing.push_back(NameOf(wanted));
    }
    set.complete = set.complete && set.missing.empty();
    Report(Severity::kWarning, first,
           set.files.size() == 1
               ? "a shard that no index lists; loaders that find shards by their index skip it"
               : fmt::format("the first of {} shards that no index lists; loaders that find shards "
                             "by their index skip them",
                             set.files.size()));
  }

  void CompareShard(const std::string& path, const std::string& file,
                    const std::set<std::string_view>& wanted, const Model& model, WeightSet& set) {
    std::set<std::string_view> held;
    for (const Tensor& tensor : model.tensors) held.insert(tensor.name);
    for (const std::string_view name : wanted) {
      if (held.contains(name)) continue;
      Report(Severity::kError, path,
             fmt::format("the index says that {} holds tensor {}, which it does not", Quote(file),
                         Quote(name)));
      set.complete = false;
    }
    for (const std::string_view name : held) {
      if (wanted.contains(name)) continue;
      Report(Severity::kWarning, path,
             fmt::format("{} holds tensor {}, which the index does not map to it", Quote(file),
                         Quote(name)));
    }
  }

  void CompareSize(const std::string& path, const JsonValue& root, const WeightSet& set) {
    const JsonValue* metadata = root.Find("metadata");
    const JsonValue* total = metadata == nullptr ? nullptr : metadata->Find("total_size");
    if (!set.complete || total == nullptr || !total->AsUint()) return;
    uint64_t held = 0;
    for (const size_t file : set.files) {
      std::set<uint64_t> storages;  // tied weights count once
      for (const Tensor& t : package_.artefacts[file].model->tensors) {
        if (storages.insert(t.storage).second) held += t.data.size;
      }
    }
    if (held == *total->AsUint()) return;
    Report(
        Severity::kNote, path,
        fmt::format("the index says {} bytes of tensors, the shards hold {}", total->text, held));
  }

  Package& package_;
  std::span<const ByteSource> sources_;
  const Limits& limits_;
  PathIndex paths_;
  std::set<size_t> claimed_;      // shards that an index lists
  std::vector<size_t> unlisted_;  // sets of the others
};

}  // namespace

bool IsIndexName(const std::string& path) {
  return path.ends_with(".json") && (path.find(".safetensors.index") != std::string::npos ||
                                     path.find(".bin.index") != std::string::npos);
}

bool IsShardName(const std::string& path) {
  return ShardNumber(NameOf(path)) != std::string_view::npos;
}

bool IsUnlisted(const Package& package, const WeightSet& set) {
  return !set.index && IsShardName(package.artefacts[set.files[0]].path);
}

std::string ShardPath(const std::string& index, std::string_view file) {
  std::string path = FolderOf(index);
  if (file.find('\\') != std::string_view::npos) return {};
  while (true) {
    const size_t slash = file.find('/');
    const std::string_view part = file.substr(0, slash);
    const bool is_last = slash == std::string_view::npos;
    if (part.empty() || part == ".." || (part == "." && is_last)) return {};
    if (part != ".") path += std::string(part) + (is_last ? "" : "/");
    if (is_last) return path;
    file.remove_prefix(slash + 1);
  }
}

Result<std::vector<std::string>> ShardsOf(const ByteSource& index, const Limits& limits) {
  WL_TRY(const JsonValue root, ReadIndex(index, limits));
  std::set<std::string> names;
  for (const auto& [tensor, file] : root.Find("weight_map")->members) names.insert(file.text);
  return std::vector<std::string>(names.begin(), names.end());
}

namespace {

// "checkpoint-1000" is later than "checkpoint-500".
bool IsLater(std::string_view checkpoint, std::string_view other) {
  return std::pair(checkpoint.size(), checkpoint) > std::pair(other.size(), other);
}

// A checkpoint is training state beside the model that came of it. Where there is no other model,
// the last one is the model.
void AdoptCheckpoint(Package& package) {
  std::string last;
  for (const Artefact& artefact : package.artefacts) {
    if (artefact.role == Role::kWeights) return;
    const std::string_view checkpoint = CheckpointOf(artefact.path);
    const bool has_weights = !checkpoint.empty() && artefact.model &&
                             RoleOutsideCheckpoint(artefact.path) == Role::kWeights;
    if (has_weights && IsLater(checkpoint, last)) last = checkpoint;
  }
  if (last.empty()) return;
  for (Artefact& artefact : package.artefacts) {
    if (CheckpointOf(artefact.path) == last) artefact.role = RoleOutsideCheckpoint(artefact.path);
  }
}

}  // namespace

void FindWeightSets(Package& package, std::span<const ByteSource> sources, const Limits& limits) {
  AdoptCheckpoint(package);
  Finder(package, sources, limits).Run();
}

uint64_t ParameterCount(const Package& package, const WeightSet& set) {
  uint64_t count = 0;
  for (const size_t file : set.files) {
    const auto& model = package.artefacts[file].model;
    if (!model) continue;
    std::set<uint64_t> storages;
    for (const Tensor& tensor : model->tensors) {
      if (storages.insert(tensor.storage).second) count += ElementCount(tensor.shape).value_or(0);
    }
  }
  return count;
}

}  // namespace weighlock
