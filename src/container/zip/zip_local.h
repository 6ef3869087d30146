// Local headers and data descriptors, held against the directory. Private to this room.
#pragma once

#include "base/byte_source.h"
#include "container/zip/zip_reader.h"

namespace weighlock::zip {

// One "extra" block's data, by id: empty optional where there is none, an error where the blocks
// do not fit or the id is there twice. `at`: offset that errors carry.
Result<std::optional<Bytes>> FindExtra(Bytes extra, uint16_t id, uint64_t at);

// Fills in payload_offset of every member, checks local headers and descriptors, and that members
// lie from 0 to directory_offset without overlap.
Status CheckLocalHeaders(const ByteSource& source, ZipDirectory& directory);

}  // namespace weighlock::zip
