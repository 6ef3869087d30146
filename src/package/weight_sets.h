// Which artefacts belong together as one set of weights, and whether the set is whole.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/package.h"

namespace weighlock {

// Fills package.weights from its artefacts and appends findings: missing shards, names that an
// index and its shards disagree on, shards without an index. `sources` are the artefacts' bytes. Of
// a package whose only model is a checkpoint of a Trainer, the last one's files get the roles of a
// model first.
void FindWeightSets(Package& package, std::span<const ByteSource> sources, const Limits& limits);

// Whether a path is that of an index of shards: "model.safetensors.index.json" and its like.
bool IsIndexName(const std::string& path);

// Whether a path's name has the numbers of a shard: "model-00001-of-00003.safetensors".
bool IsShardName(const std::string& path);

// Whether a set is of shards that no index lists.
bool IsUnlisted(const Package& package, const WeightSet& set);

// The path of a shard that an index calls `file`, in the index's folder or below it:
// "sub/a.safetensors", "./a.safetensors". Empty: no name of a file, or it leads out.
std::string ShardPath(const std::string& index, std::string_view file);

// The names of the files that an index lists, each once, in byte order. kMalformed, kLimit.
Result<std::vector<std::string>> ShardsOf(const ByteSource& index, const Limits& limits);

}  // namespace weighlock
