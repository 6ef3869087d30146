// Streams that go by once, as sources for judges: read as far as a judge wants to see, and kept
// within bounds for the next one. docs/scanning.md, "What is kept of a stream".
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/byte_source.h"
#include "base/byte_stream.h"

namespace weighlock::scan {

class Passing;

// A stream that nobody can read again: a member of a packed tar. Kept are its first 16 MiB, the
// last 4 MiB that have gone by, up to 32 MiB of what was read of it in pieces of up to 1 MiB, and
// of zip and HDF5 the StreamWindows. So a judge that goes from front to back sees everything, and a
// second one that looks at the same places does too.
class PassingStream {
 public:
  // `size`: its length in bytes, as its container says. `stream` is read until Finish() only.
  PassingStream(ByteStream& stream, uint64_t size, std::string name);

  // Its bytes; may outlive this. Reads that go on in the stream wait for it. Errors: kUnsupported
  // for bytes that were let go, kTruncated where the stream is shorter than it said,
  // and those of the stream.
  ByteSource source() const;

  // Lets the rest go by. Errors: those of the stream, also where source() has met them before.
  Status Finish();

 private:
  std::shared_ptr<Passing> passing_;
  uint64_t size_;
  std::string name_;
};

// Makes a stream anew, from its start.
using StreamOpener = std::function<Result<std::unique_ptr<ByteStream>>()>;

// A stream of unknown length that can be made anew. It is read to its end first, so that it is
// known to be whole; of more than 16 MiB the source then reads what `again` makes as a
// PassingStream does. Errors: those of both.
Result<ByteSource> CaptureStream(ByteStream& stream, const StreamOpener& again,
                                 const std::string& name);

}  // namespace weighlock::scan
