// A weights file that is not written yet: every byte's place fixed, checkable without I/O.
//
// Formats turn tensors into a Layout (what stands where); the writers in adapt/ turn a Layout into
// bytes: in order into a stream, or in parallel into a file. Both give the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace weighlock {

// CRC-32 (the zip polynomial) of each tensor's bytes, by its index in the list the Layout was made
// from. Only those of pieces that stand before are filled in when Piece::late is asked.
using TensorCrcs = std::span<const uint32_t>;

// A run of the output file: exactly one of literal, tensor and late says where its bytes come from.
struct Piece {
  uint64_t offset;  // bytes from the start of the file; pieces ascend without gaps
  uint64_t size;    // bytes
  ByteVector literal;
  int64_t tensor = -1;  // the data of this tensor, by index in the list given to the planner
  std::function<ByteVector(TensorCrcs)> late;  // bytes that depend on checksums of the data
};

struct Layout {
  std::vector<Piece> pieces;
  uint64_t size = 0;        // bytes of the whole file
  bool needs_crcs = false;  // whether any piece is late
};

}  // namespace weighlock
