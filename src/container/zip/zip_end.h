// The records that end a zip, as both of our writers render them (APPNOTE.TXT 4.3.14 to 4.3.16).
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weighlock::zip {

// Where a directory stands: entries, and bytes from the start of the file.
struct DirectoryPlace {
  uint64_t count;
  uint64_t offset;
  uint64_t size;
};

// The classic end record; before it, with `zip64`, the zip64 end record and its locator. Requires
// `zip64` where a number does not fit without.
void AppendEndRecords(ByteVector& out, const DirectoryPlace& directory, bool zip64);

}  // namespace weighlock::zip
