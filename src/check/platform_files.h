// What platforms read beside the model: manifests, and the gaps of indexes. Read once, judged for
// every release that is tried.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "package/package_reader.h"

namespace weighlock {

// Many names, of which the first stands for all.
struct NameCount {
  std::string first;
  uint64_t count = 0;

  void Add(std::string_view name) {
    if (count++ == 0) first = name;
  }
};

// An index of shards that does not say what is there.
struct IndexGaps {
  std::string index;  // its path
  std::vector<std::string> missing_files;
  NameCount elsewhere;  // tensors that another shard holds than the index says
  NameCount nowhere;    // tensors of shards that are there, and that no shard holds
  NameCount unlisted;   // tensors that its shards hold and it does not list

  bool any() const {
    return !missing_files.empty() || elsewhere.count + nowhere.count + unlisted.count > 0;
  }
};

// MAR-INF/MANIFEST.json of TorchServe.
struct MarManifest {
  std::string path;
  std::optional<JsonValue> json;  // where it could be read
  std::string broken;             // what is wrong with it, where it could not
};

struct PlatformFiles {
  std::vector<IndexGaps> gaps;
  std::vector<MarManifest> manifests;
  // MLmodel and config.pbtxt by their paths, up to 1 MiB each.
  std::map<std::string, std::string, std::less<>> texts;
  std::string inference;  // code/inference.py, up to 1 MiB
};

// O(n log n) in the tensors of indexed shards.
PlatformFiles ReadPlatformFiles(const OpenedPackage& opened, const Limits& limits);

}  // namespace weighlock
