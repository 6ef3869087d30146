// Deflate, a chunk at a time: each chunk can be packed and unpacked on its own.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock {

// Packs chunks with ISA-L level 1. A chunk's blocks refer to no earlier chunk and end on a byte
// boundary (a full flush), so chunks packed in parallel stand one after the other in one stream.
class ChunkDeflater {
 public:
  ChunkDeflater();
  ~ChunkDeflater();
  ChunkDeflater(ChunkDeflater&&) noexcept;
  ChunkDeflater& operator=(ChunkDeflater&&) noexcept;

  // Replaces `out` with the packed bytes of `chunk` (at most 2^31 bytes).
  void Pack(Bytes chunk, ByteVector& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What closes a stream of chunks: one empty final block.
Bytes DeflateEnd();

// Unpacks raw deflate, piece by piece.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  struct Progress {
    size_t consumed;   // bytes taken from the front of `in`
    size_t produced;   // bytes written to the front of `out`
    bool finished;     // the final block has ended; what is left of `in` is not ours,
    ByteVector ahead;  // nor are these (at most 8), taken before the end was seen
  };
  // Goes on until `in` is used up, `out` is full, or the stream ends. kMalformed where the bits
  // are no deflate stream; the offset counts in `in`, exact to the decoder's read-ahead of 8 bytes.
  Result<Progress> Unpack(Bytes in, MutableBytes out);

  // Begins a new stream.
  void Reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weighlock
