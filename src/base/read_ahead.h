// A stream read by a thread of its own, a few blocks ahead of whoever wants the bytes.
#pragma once

#include <memory>

#include "base/byte_stream.h"

namespace weighlock {

// Bytes held at the most: kReadAheadBlocks * kReadAheadBlockSize.
inline constexpr size_t kReadAheadBlockSize = size_t{1} << 20;
inline constexpr size_t kReadAheadBlocks = 4;

// Takes over `inner`, which is read on another thread until its end, its error, or our end.
std::unique_ptr<ByteStream> ReadAhead(std::unique_ptr<ByteStream> inner);

}  // namespace weighlock
