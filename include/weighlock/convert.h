// Weights rewritten in another format, bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/progress.h"
#include "weighlock/result.h"

namespace weighlock {

enum class TorchContainer : uint8_t {
  kZip,     // torch >= 1.6; mappable
  kLegacy,  // torch >= 0.4; the only one for 0.4 to 1.5
};

// The forms that weights are written in.
enum class WeightsForm : uint8_t { kSafetensors, kTorchZip, kTorchLegacy };
std::string_view FormText(WeightsForm form);  // "safetensors", "torch zip", "legacy torch"

// One tensor, on both sides of a conversion.
struct TensorProof {
  std::string name;
  DType dtype;
  Shape shape;
  uint64_t bytes;
  std::string sha256;  // of its bytes, equal on both sides; empty where digests were not asked for
};

struct ConvertOptions {
  TorchContainer container = TorchContainer::kZip;  // of a torch file
  // Names that stand before all others' ("state_dict", then "module"): taken off one after the
  // other, each with what is not below it.
  std::vector<std::string> unwrap;
  // Not 0: shards of at most so many bytes of tensors, with an index, in a new folder.
  uint64_t max_shard_bytes = 0;
  // Take the SHA-256 of every tensor. Without, the output is still read back and compared with the
  // source, byte by byte.
  bool digests = false;
  // Further metadata of a safetensors output; stronger than the source's.
  std::vector<std::pair<std::string, std::string>> metadata;
  // Of an object turned into JSON: write its secrets (hub_token and the like) too.
  bool keep_secrets = false;
  // Wait until the output is on the disk before it gets its name.
  bool sync = false;
  unsigned threads = 0;          // 0: as many as the machine has, at most 8
  Progress* progress = nullptr;  // borrowed
  Limits limits = {};
};

struct ConvertReport {
  uint64_t output_bytes = 0;
  std::vector<std::string> files;  // in the output's folder, where it was written as several
  std::vector<TensorProof> tensors;
  std::vector<std::string> notes;  // oddities of the source, aliases made, in words
};

// Writes the weights of `input` (a weights file, the index of a sharded set, or a folder that holds
// one set) into the new file `output`: as safetensors where its name ends so, else as a torch state
// dict. A name that ends in .json asks for the object in a torch file or pickle as JSON
// (docs/formats/object-json.md), and for its tensors in a .safetensors file beside it. Nothing
// appears at `output` unless the whole file is written, read back and found equal. kConflict:
// `output` exists. With options.max_shard_bytes, `output` is FOLDER/model.safetensors (or
// FOLDER/pytorch_model.bin) and FOLDER is what must not exist.
Result<ConvertReport> Convert(const std::string& input, const std::string& output,
                              const ConvertOptions& options);

}  // namespace weighlock
