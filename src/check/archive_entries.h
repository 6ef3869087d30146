// The entries of a tar as an unsuspecting unpacker takes them: nothing is refused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/package.h"

namespace weighlock {

struct ArchiveEntry {
  std::string name;     // as spelt
  char type;            // tar's typeflag; '1' is a hard link, '2' a symbolic one
  std::string target;   // of a link
  uint64_t offset = 0;  // of its header, in the unpacked archive
};

// The entries of a tar or tar.gz up to the first thing that cannot be read at all. Other kinds
// have none. At most limits.members.
std::vector<ArchiveEntry> ListEntries(const ByteSource& archive, PackageKind kind,
                                      const Limits& limits);

}  // namespace weighlock
