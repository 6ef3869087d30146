// The tensors of a weight set, gathered from its files: what is written, and where it comes from.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "format/torch/torch_writer.h"
#include "package/package_reader.h"
#include "weighlock/model.h"

namespace weighlock {

// A checksum of one of the files.
struct StoredChecksum {
  std::string name;
  ByteSource file;
  Extent data;
  uint32_t crc32;
  std::optional<size_t> tensor;  // the one whose bytes, as they are written, are just these
};

// Tensors with bytes of their own, in the order of files and bytes, and further names for them.
struct TensorList {
  std::vector<Tensor> tensors;    // data.offset counts in the file of the same index in `files`
  std::vector<ByteSource> files;  // one per tensor (they share the open file)
  std::vector<TensorAlias> aliases;
  std::vector<StoredChecksum> checksums;
  std::map<std::string, std::string> metadata;  // further metadata of a safetensors output
  std::vector<std::string> notes;
};

// For each tensor of a file the first that has all of its bytes: itself, or the one it is tied to.
std::vector<size_t> FirstTwins(const Model& model);

// Adds the tensors of one file. Names that share all their bytes become aliases; a name that the
// metadata says was left out as a duplicate ("removed": "kept") becomes one again. Strided and
// big-endian tensors are gathered as they are read. kUnsupported: tensors that their bytes alone do
// not describe.
Status AddTensors(const Model& model, const ByteSource& file, const Limits& limits,
                  TensorList& list);

// The tensors of a whole set. kMismatch: two files hold a tensor of one name. kMalformed: the set
// is not complete.
Result<TensorList> CollectTensors(const OpenedPackage& opened, const WeightSet& set,
                                  const Limits& limits);

}  // namespace weighlock
