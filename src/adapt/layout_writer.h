// A Layout written into a file by several threads, and read back.
#pragma once

#include <span>
#include <vector>

#include "base/file.h"
#include "codec/sha256.h"
#include "model/layout.h"
#include "package/tensor_bytes.h"
#include "weighlock/progress.h"

namespace weighlock {

// By tensor: its CRC-32 (where the layout or the list's checksums need them), its SHA-256 (where
// asked for).
struct LayoutChecksums {
  std::vector<uint32_t> crcs;
  std::vector<Digest> digests;
};

struct LayoutWriteOptions {
  unsigned threads = 2;
  bool digests = false;  // SHA-256 of every tensor
  Progress* progress = nullptr;
};

// Writes `layout` of the list's tensors into `out` from its start. Every byte is read back from
// `out` and compared with its source (kMismatch). Memory: 1 MiB a thread.
Result<LayoutChecksums> WriteLayout(const Layout& layout, const TensorList& list,
                                    const FileHandle& out, const LayoutWriteOptions& options);

}  // namespace weighlock
