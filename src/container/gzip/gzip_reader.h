// gzip (RFC 1952) as a stream of its content, checked to the last byte.
//
// Several members behind one another are one content, as gzip itself reads them; anything else
// behind a member is an error, for readers disagree on it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/byte_stream.h"

namespace weighlock {

// Whether `head` begins as a gzip member does.
bool LooksLikeGzip(Bytes head);

// The content of `packed`. Errors, with offsets in `packed`: kTruncated (cut off), kMalformed (a
// bad header or deflate stream, bytes behind the last member), kMismatch (CRC-32 or length of the
// content is not what the trailer says), kUnsupported (a method other than deflate).
// `members`, where there is one, counts the members that begin; it may be read on another thread.
using GzipMemberCount = std::shared_ptr<std::atomic<uint64_t>>;
std::unique_ptr<ByteStream> GzipContent(std::unique_ptr<ByteStream> packed,
                                        GzipMemberCount members = nullptr);

}  // namespace weighlock
