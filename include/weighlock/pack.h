// A folder packed for hand-over: what goes in and what does not, and the archive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weighlock/package.h"
#include "weighlock/progress.h"

namespace weighlock {

// Where files stand in the archive. kFlat: as they stand in the folder. kOneFolder: below one
// folder that is named after it. kSageMaker: the model at the top, what runs below code/; the
// archive must be a .tar.gz (docs/packaging.md).
enum class PackLayout : uint8_t { kFlat, kOneFolder, kSageMaker };
std::string_view PackLayoutName(PackLayout layout);  // "flat", "one-folder", "sagemaker"

struct PackOptions {
  PackLayout layout = PackLayout::kFlat;
  bool exclude_training_state = false;
  bool manifest = false;  // SHA256SUMS and weighlock.json go in
  // What is refused unless told: links (their targets' content is packed), git-lfs pointers,
  // secrets, and weights or indexes that cannot be read.
  bool follow_links = false;
  bool allow_pointers = false;
  bool allow_secrets = false;
  bool allow_broken = false;
  std::vector<std::string> keep;  // shell patterns of files to pack whatever their role
  std::vector<std::string> drop;  // ... and to leave out; stronger than keep
  unsigned threads = 0;           // 0: as many as the machine has, at most 8
  Progress* progress = nullptr;   // borrowed
  Limits limits = {};
};

struct PackedFile {
  std::string path;    // in the archive
  std::string source;  // in the folder; empty for what the manifest adds
  uint64_t size;       // bytes
  Role role;
  std::string sha256;  // of its content; empty without a manifest
};

struct LeftOutFile {
  std::string path;
  std::string why;
};

struct PackReport {
  std::vector<PackedFile> files;     // in byte order of their paths, as they stand in the archive
  std::vector<std::string> folders;  // that are empty
  std::vector<LeftOutFile> left_out;
  // Why nothing was packed; each says how to tell that it may be. Empty: all is well.
  std::vector<Finding> refusals;
  std::vector<std::string> notes;
  uint64_t input_bytes = 0;   // of the files
  uint64_t output_bytes = 0;  // of the archive; 0 where nothing was written
};

// What Pack would do; reads headers only, and with a manifest all bytes.
Result<PackReport> PlanPack(const std::string& folder, const std::string& output,
                            const PackOptions& options = {});

// Packs the folder into a new .tar.gz, .tgz, .tar or .zip by the output's name, or else a new
// folder. The same files give the same bytes (of a .tar.gz: on processors of one kind), whatever
// their times, owners and order on the disk; times are SOURCE_DATE_EPOCH or 1970. All that is
// written is read back and compared before the name appears. Nothing is written where there are
// refusals. kConflict: `output` exists. kMismatch: a file changed while it was packed.
Result<PackReport> Pack(const std::string& folder, const std::string& output,
                        const PackOptions& options = {});

}  // namespace weighlock
