// What is in a package: its artefacts, the weights they make up, and what is wrong with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/progress.h"
#include "weighlock/result.h"

namespace weighlock {

// What an artefact's bytes are, whatever its name says.
enum class Format : uint8_t {
  kSafetensors,
  kTorchZip,
  kTorchLegacy,
  kTorchTar,
  kPickle,
  kJson,
  kText,
  kZip,
  kGzip,
  kTar,
  kGguf,
  kHdf5,
  kNumpy,
  kNativeCode,
  kGitLfsPointer,
  kHtml,
  kEmpty,
  kUnknown,
};
// Whether what reads the format's tensors must run a pickle.
bool IsPickled(Format format);
std::string_view FormatName(Format format);  // "safetensors", "torch-zip", ...

// What an artefact is for.
enum class Role : uint8_t {
  kWeights,
  kConfig,
  kTokenizer,
  kTrainingState,
  kCode,
  kDoc,
  kJunk,
  kOther,
};
std::string_view RoleName(Role role);  // "weights", "training state", ...

// A fact about the package. Errors: the artefact cannot be what its role asks for.
enum class Severity : uint8_t { kNote, kWarning, kError };
struct Finding {
  Severity severity;
  std::string path;  // of the artefact; empty for the package as a whole
  uint64_t offset;   // in bytes in the artefact, or kNoOffset
  std::string text;  // a sentence; names from the package are escaped
  // Of the error that the finding was made from, where it was.
  std::optional<Code> code = std::nullopt;
};

// The error that says what the finding says, for work that cannot go on past it.
Error AsError(const Finding& finding);
// The first finding of Severity::kError, or null.
const Finding* FirstError(const std::vector<Finding>& findings);

// What a config.json says of its model.
struct ConfigFacts {
  std::string model_type;  // "bert"; empty: it does not say
  std::vector<std::string> architectures;
  std::vector<std::string> keys;  // at its top, in its order
  bool brings_code = false;       // auto_map names a configuration class of the package's own
  bool names_code = false;        // auto_map or custom_pipelines names any class of it
};

struct Artefact {
  std::string path;  // inside the package, "/" between components
  uint64_t size;     // bytes
  Format format;
  Role role;
  std::optional<Model> model;  // of weights and training state that could be read
  std::optional<ConfigFacts> config = std::nullopt;  // of a config.json that could be read
  // A JSON file of configuration (of the model, its tokenizer, its processors) whose auto_map or
  // custom_pipelines names classes of the package's own code.
  bool names_code = false;
  bool executable = false;  // its owner may run it
  bool linked = false;      // the folder holds a symbolic link to it
};

// Weights that belong together: one file, or shards: those that an index lists, or that none lists
// and that are numbered alike.
struct WeightSet {
  Format format;     // of every file of the set
  std::string stem;  // "model", "pytorch_model", "adapter_model": the name without shards
  std::optional<size_t> index;       // the artefact that lists the shards
  std::vector<size_t> files;         // artefacts, in the order of the shards
  bool complete = true;              // every shard is there and could be read
  std::vector<std::string> missing;  // names of shards that the package lacks, in order

  bool sharded() const { return index.has_value() || files.size() > 1; }
};

enum class PackageKind : uint8_t { kFile, kFolder, kTar, kTarGz, kZip };
std::string_view PackageKindName(PackageKind kind);

struct Package {
  std::string path;
  PackageKind kind;
  std::vector<Artefact> artefacts;  // a folder's in byte order of their paths, else as they stand
  std::vector<WeightSet> weights;
  std::vector<Finding> findings;
  std::vector<std::string> empty_folders;  // of a folder or an archive: paths, in byte order
};

// The finding that an artefact could not be read at all, so that it is not among the artefacts; or
// null.
const Finding* FirstUnread(const Package& package);

// What the model's own config.json says: the one nearest to the top; null where there is none.
const ConfigFacts* ModelConfig(const Package& package);

// Whether anything in it is part of a model: weights, configuration, a tokenizer, training state.
bool HasModelParts(const Package& package);

// Elements of all tensors of a set; bytes that several names share count once.
uint64_t ParameterCount(const Package& package, const WeightSet& set);

// Reads a folder, a .tar, a .tar.gz, a .zip or a single file (by its bytes; a file whose name
// promises an archive must be one). What is wrong inside is a finding; an Error means that the
// package itself cannot be opened or read to its end. Reads headers, indexes and pickles only, but
// a .tar.gz has to be unpacked (in memory, held in pieces) from end to end. `progress`, borrowed,
// counts the bytes of an archive.
Result<Package> Inspect(const std::string& path, const Limits& limits = {},
                        Progress* progress = nullptr);

}  // namespace weighlock
