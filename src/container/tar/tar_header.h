// One header block of a tar archive, in any of the three dialects that are read: V7, POSIX ustar
// and GNU (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
//
// Strict where readers differ. GNU tar skips what it cannot parse and goes on, Python's tarfile
// quietly ends the archive there, and both take a field up to its first NUL: so a header with a
// number that is no number, or bytes where only one reader looks, is an error.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock {

inline constexpr size_t kTarBlockBytes = 512;

// The largest size that eleven octal digits hold; beyond it a PAX record or base-256 is needed.
inline constexpr uint64_t kTarOctalSizeMax = 077777777777;

// `size` bytes of content with the zeros that fill its last block. Requires size < 2^63.
inline uint64_t TarPaddedSize(uint64_t size) {
  return (size + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes;
}

// Whether a file that begins so is a tar: by ustar's or GNU's magic or, of Unix V7, which has none,
// by a name and the checksum.
bool LooksLikeTar(Bytes head);

struct RawTarHeader {
  std::string name;  // of a ustar header, its prefix joined in
  char type;         // the typeflag byte
  uint64_t size;     // bytes of content, below 2^63
  uint32_t mode;     // the low twelve bits
};

// `block` is kTarBlockBytes long. Errors: kMalformed with the offset of the field in the block.
Result<RawTarHeader> ParseTarHeader(Bytes block);

}  // namespace weighlock
