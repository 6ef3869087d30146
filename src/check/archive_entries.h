// The entries of a tar as an unsuspecting unpacker takes them: nothing is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

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

// Shows `see` the entries of a tar or tar.gz up to the first thing that cannot be read at all.
// Other kinds have none. At most limits.members; names are cut behind limits.path_bytes.
void ForEachEntry(const ByteSource& archive, PackageKind kind, const Limits& limits,
                  const std::function<void(const ArchiveEntry&)>& see);

}  // namespace weighlock
