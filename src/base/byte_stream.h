// Bytes that come one after the other: a pipe through an archive, a file read from its start.
#pragma once

#include <cstdint>
#include <memory>

#include "base/byte_source.h"
#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock {

// Implemented by the source below, by the gzip reader and by the tar reader's members.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills the front of `out` and returns how many bytes; fewer than asked only before the end,
  // 0 only at the end (or where `out` is empty). After an error the stream is finished.
  virtual Result<size_t> Read(MutableBytes out) = 0;
};

// The bytes of `source` from its start. Shares the source's file.
std::unique_ptr<ByteStream> StreamOf(ByteSource source);

// Fills `out` whole, or kTruncated.
Status ReadExactly(ByteStream& stream, MutableBytes out);

// Bytes that go one after the other into a file, an archive, a digest.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(Bytes bytes) = 0;
};

}  // namespace weighlock
