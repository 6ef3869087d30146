// The content of a zip's member, unpacked and checked.
#pragma once

#include <memory>

#include "base/byte_source.h"
#include "base/byte_stream.h"
#include "container/zip/zip_reader.h"

namespace weighlock {

// The bytes of `member`, which ReadZipDirectory found in `zip`. At its end size and CRC-32 must be
// what the directory claims: kMismatch. kMalformed: no deflate stream; kUnsupported: another method
// than stored and deflated. Never gives more bytes than the directory claims. Offsets count in
// `zip`.
Result<std::unique_ptr<ByteStream>> ZipContent(const ByteSource& zip, const ZipMember& member);

}  // namespace weighlock
