// Tensors are taken in their order; a shard ends before the tensor that would take it over its
// size.
#include "adapt/sharded_output.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "adapt/stored_checksums.h"
#include "adapt/write_weights.h"
#include "base/escape.h"
#include "base/staging.h"
#include "json/json_writer.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

struct Shard {
  TensorList list;
  std::vector<size_t> origin;  // of each tensor in the whole list
};

// Names of the same bytes stay together: they are one tensor of the list.
std::vector<Shard> Split(const TensorList& whole, uint64_t most_bytes) {
  std::vector<Shard> shards(1);
  std::vector<std::pair<size_t, size_t>> place;  // of each tensor: shard, index in it
  uint64_t bytes = 0;
  for (size_t i = 0; i < whole.tensors.size(); ++i) {
    const uint64_t size = whole.tensors[i].data.size;
    if (bytes > 0 && (bytes > most_bytes || size > most_bytes - bytes)) {
      shards.emplace_back();
      bytes = 0;
    }
    bytes += size;
    Shard& shard = shards.back();
    place.emplace_back(shards.size() - 1, shard.list.tensors.size());
    shard.list.tensors.push_back(whole.tensors[i]);
    shard.list.files.push_back(whole.files[i]);
    shard.origin.push_back(i);
  }
  for (const TensorAlias& alias : whole.aliases) {
    const auto [shard, index] = place[alias.tensor];
    shards[shard].list.aliases.push_back({alias.name, index});
  }
  return shards;
}

// metadata.total_size and weight_map, sorted and indented as transformers writes them.
Result<std::string> IndexText(const std::vector<Shard>& shards,
                              const std::vector<std::string>& names) {
  uint64_t total = 0;
  std::map<std::string_view, std::string_view> file_of;
  for (size_t i = 0; i < shards.size(); ++i) {
    for (const Tensor& tensor : shards[i].list.tensors) {
      total += tensor.data.size;
      file_of[tensor.name] = names[i];
    }
    for (const TensorAlias& alias : shards[i].list.aliases) file_of[alias.name] = names[i];
  }
  JsonWriter json;
  json.BeginObject().Key("metadata").BeginObject().Key("total_size").Uint(total).EndObject();
  json.Key("weight_map").BeginObject();
  for (const auto& [tensor, file] : file_of) {
    if (!IsUtf8(tensor)) {
      return Error(Code::kUnsupported,
                   fmt::format("tensor {}: an index wants names in UTF-8", Quote(tensor)));
    }
    json.Key(tensor).String(file);
  }
  json.EndObject().EndObject();
  return std::move(json).Finish();
}

Status WriteText(StagedFolder& staged, const std::string& name, const std::string& text) {
  WL_TRY(const FileHandle file, staged.CreateFile(name, /*executable=*/false));
  ByteVector back;
  return WriteCompared(file, 0, AsBytes(text), back).In(name);
}

}  // namespace

Status WriteShards(TensorList list, WeightsForm form, const std::string& input,
                   const std::string& output, const ConvertOptions& options,
                   const std::function<Status()>& before_commit, ConvertReport& report) {
  const fs::path path(output);
  const std::string folder = path.parent_path().string();
  const std::string stem = path.stem().string(), extension = path.extension().string();
  if (folder.empty() || extension.empty()) {
    return Error(Code::kUsage,
                 "shards go into a new folder: name the output FOLDER/model.safetensors or "
                 "FOLDER/pytorch_model.bin",
                 kNoOffset, output);
  }
  WL_TRY(StagedFolder staged, StagedFolder::Create(folder));
  std::vector<Shard> shards = Split(list, options.max_shard_bytes);
  std::vector<std::string> names;
  std::vector<uint32_t> crcs(list.tensors.size(), 0);
  for (size_t i = 0; i < shards.size(); ++i) {
    names.push_back(shards.size() == 1 ? path.filename().string()
                                       : fmt::format("{}-{:05}-of-{:05}{}", stem, i + 1,
                                                     shards.size(), extension));
    WL_TRY(const FileHandle file, staged.CreateFile(names[i], /*executable=*/false));
    const std::string where = (fs::path(folder) / names[i]).string();
    // The whole list's checksums ask for the CRC-32s of its parts.
    shards[i].list.checksums = list.checksums;
    shards[i].list.metadata = list.metadata;
    WL_TRY(const auto found,
           WriteWeights(shards[i].list, form, file, input, where, options, report));
    for (size_t t = 0; t < found.size(); ++t) crcs[shards[i].origin[t]] = found[t];
    for (std::string& note : shards[i].list.notes) list.notes.push_back(std::move(note));
  }
  WL_CHECKED(CheckStoredChecksums(crcs, list));
  if (shards.size() > 1) {
    WL_TRY(const std::string index, IndexText(shards, names));
    const std::string name = stem + extension + ".index.json";
    WL_CHECKED(WriteText(staged, name, index));
    report.output_bytes += index.size();
    names.push_back(name);
  }
  WL_CHECKED(before_commit());
  WL_CHECKED(
      std::move(staged).Commit(options.sync ? Durability::kPowerCut : Durability::kProcessCrash));
  report.files = std::move(names);
  report.notes = std::move(list.notes);
  return {};
}

}  // namespace weighlock
