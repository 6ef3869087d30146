// The entries of a tar as an unsuspecting unpacker takes them: nothing is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/byte_stream.h"
#include "weighlock/limits.h"

namespace weighlock {

struct RawTarEntry {
  std::string name;          // as spelt
  char type;                 // tar's typeflag; '1' is a hard link, '2' a symbolic one
  std::string target;        // of a link
  uint64_t offset = 0;       // of its header, in the archive
  uint64_t data_offset = 0;  // of its content
  uint64_t size = 0;         // of its content, in bytes; 0 for a link
  uint32_t mode = 0;         // the low twelve bits
  bool is_sparse = false;    // its content is put together by a map
  std::string_view odd;      // what unpackers do not agree on; empty: nothing

  // Unpackers take kinds that they do not know for files.
  bool IsFile() const { return type < '1' || type > '6'; }
};

// Shows `see` each entry of the archive and, as a stream, its content, up to the first thing that
// cannot be read at all. Blocks of zeros end nothing: what stands behind the end of the archive, as
// some readers see it, is shown too, and behind a header that is none the next one is looked for.
// At most limits.members; names are cut behind limits.path_bytes. Errors: those of `archive`;
// kMalformed where a header is none, kLimit where there is more than is read; that it is cut off is
// none.
Status ForEachTarEntry(ByteStream& archive, const Limits& limits,
                       const std::function<void(const RawTarEntry&, ByteStream& content)>& see);

}  // namespace weighlock
