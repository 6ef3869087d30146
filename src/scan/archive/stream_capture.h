// What judges need of bytes that go by once: kept in memory, within bounds, as a source to read at
// any place. docs/scanning.md, "What is kept of a stream".
#pragma once

#include <string>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "weighlock/limits.h"

namespace weighlock::scan {

// Reads the stream to its end. Up to 16 MiB are kept whole. Of more: the first 16 MiB (of a
// safetensors file its header), the last 4 MiB, and of a zip what stands around each member's
// header and all of the members that are no storages of torch; at most some 64 MiB in all. What was
// let go cannot be read: kUnsupported, and a judge that needs it says that it was not at hand.
// Errors: those of the stream.
Result<ByteSource> CaptureStream(ByteStream& stream, const std::string& name, const Limits& limits);

}  // namespace weighlock::scan
