// gzip written on several threads, and checked as it is written.
//
// One member, as every reader takes it: chunks of 512 KiB packed on their own, so the bytes do not
// depend on the number of threads. Each chunk is written, read back from the file, and proven to
// unpack to what went in (codec/deflate_replay.h).
#pragma once

#include <memory>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "base/file.h"
#include "weighlock/progress.h"

namespace weighlock {

class GzipWriter : public ByteSink {
 public:
  // Writes to `file` from its start; the file outlives the writer. `threads` >= 1.
  GzipWriter(const FileHandle& file, unsigned threads);
  ~GzipWriter() override;

  Status Write(Bytes bytes) override;
  // The whole of `source`, which each thread reads for its own chunks: a copy fewer than Write. An
  // error of reading may come from a later call; it says the source's name. `progress`, borrowed,
  // may be null.
  Status WriteFrom(const ByteSource& source, Progress* progress);
  // Waits for all chunks and writes the trailer. Returns the size of the file in bytes.
  // kMismatch: what the file holds does not unpack to what was written.
  Result<uint64_t> Finish();

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace weighlock
