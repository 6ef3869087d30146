// The content of a .tar.gz, within bounds.
#pragma once

#include <memory>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "weighlock/limits.h"

namespace weighlock {

// What `packed` unpacks to, read ahead on a thread of its own. kLimit where that is more than
// limits.unpacked_bytes, or more than limits.unpacked_ratio times the packed bytes (small contents
// may have any ratio); else the errors of GzipContent.
std::unique_ptr<ByteStream> UnpackedContent(const ByteSource& packed, const Limits& limits);

}  // namespace weighlock
