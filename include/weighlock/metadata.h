// The metadata of a safetensors file, repaired where it stands: its tensors are not rewritten.
#pragma once

#include <map>
#include <string>

#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

enum class RepairWay : uint8_t {
  kUnchanged,  // the metadata was so already
  kInPlace,    // the new header fits where the old one was
  kInserted,   // the file system made room in front of the tensors
  kRewritten,  // it could not: a copy took the file's place
};

struct RepairReport {
  RepairWay way = RepairWay::kUnchanged;
  uint64_t header_bytes = 0;  // of the header now
};

// Sets keys of the metadata of the safetensors file at `path`; other keys stay. The one operation
// that changes a file that is there: what it replaces is kept beside the file (as
// .NAME.weighlock-undo) until the new header was read back, and put back by the next repair where
// the process died before. Errors: those of reading; kConflict where another repair is at work;
// kUnsupported where `path` is no regular file.
Result<RepairReport> SetMetadata(const std::string& path,
                                 const std::map<std::string, std::string>& metadata,
                                 const Limits& limits = {});

}  // namespace weighlock
