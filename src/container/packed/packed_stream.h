// bzip2, xz, lzma, zstd, zlib and lz4 as streams of their content. (gzip, which packages come in,
// has a reader of its own.)
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/byte_stream.h"

namespace weighlock {

enum class Packing : uint8_t { kBzip2, kXz, kLzma, kZstd, kZlib, kLz4 };
std::string_view PackingName(Packing packing);  // "bzip2", "xz", ...

// How bytes that begin so are packed, if they are. lzma and zlib have hardly a magic number: of
// those the first bytes are only likely.
std::optional<Packing> PackingOf(Bytes head);

// The content of `packed`. Streams of one kind behind one another are one content, where their own
// tools take them so. Errors, with offsets in `packed`: kTruncated, kMalformed (damage, or bytes
// behind the end), kLimit (a window of more than 128 MiB).
std::unique_ptr<ByteStream> PackedContent(std::unique_ptr<ByteStream> packed, Packing packing);

}  // namespace weighlock
