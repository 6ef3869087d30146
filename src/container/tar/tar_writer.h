// Renders the parts of a tar archive; what writes them, and the content between them, is elsewhere.
//
// The same entries give the same bytes on any machine: no owner, two modes, no time but the one
// given. ustar where it can say it, so that every reader agrees; a PAX header only for what ustar
// cannot hold (POSIX.1-2017 pax; docs/formats/tar.md).
//
// An archive is, for each entry, TarHeader, entry.size bytes, TarPadding(entry.size); then
// TarEnd(bytes so far). Entries go in bytewise order of their paths, which the caller sees to.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace weighlock {

struct TarEntry {
  enum class Type : uint8_t { kFile, kDirectory };

  std::string path;  // as NormalisePath gives it, and not ""
  Type type = Type::kFile;
  uint64_t size = 0;        // bytes of content, below 2^63; 0 for a directory
  bool executable = false;  // a file of mode 0755 and not 0644; directories have 0755
  uint64_t mtime = 0;       // seconds since 1970, at most 077777777777 (the year 2242)
};

// One header block, or three or more where a PAX header goes before it.
ByteVector TarHeader(const TarEntry& entry);

// Zeros up to the next block: 0 to 511 of them.
ByteVector TarPadding(uint64_t size);

// Two zero blocks, and zeros up to a multiple of 10240 bytes; `total` bytes lie before.
ByteVector TarEnd(uint64_t total);

// Sizes of the above in bytes, without rendering: to plan a layout.
uint64_t TarHeaderSize(const TarEntry& entry);
uint64_t TarEntrySize(const TarEntry& entry);  // header, content and padding
uint64_t TarEndSize(uint64_t total);

}  // namespace weighlock
