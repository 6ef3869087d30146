// The content of a .tar.gz, within bounds.
#pragma once

#include <memory>
#include <string_view>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "container/gzip/gzip_reader.h"
#include "weighlock/limits.h"

namespace weighlock {

// The most bytes that an archive of `packed_size` bytes may unpack to: limits.unpacked_bytes, and
// limits.unpacked_ratio times its size (small contents may have any ratio).
uint64_t MostUnpacked(uint64_t packed_size, const Limits& limits);

// `content`, which `packed_size` bytes unpack to, read ahead on a thread of its own. kLimit where
// that is more than MostUnpacked; `kind` ("gzip") begins the message.
std::unique_ptr<ByteStream> Bounded(std::unique_ptr<ByteStream> content, std::string_view kind,
                                    uint64_t packed_size, const Limits& limits);

// What `packed` unpacks to, read ahead on a thread of its own. kLimit where that is more than
// MostUnpacked; else the errors of GzipContent.
std::unique_ptr<ByteStream> UnpackedContent(const ByteSource& packed, const Limits& limits);

// The same of a stream of `packed_size` bytes. `members`, where there is one, counts those of the
// gzip as they begin.
std::unique_ptr<ByteStream> Unpacked(std::unique_ptr<ByteStream> packed, uint64_t packed_size,
                                     const Limits& limits, GzipMemberCount members = nullptr);

}  // namespace weighlock
