// The records of a plain zip archive of files, as any unzip reads it (APPNOTE.TXT 6.3).
//
// Members are stored, with their checksums and sizes in the local headers, so that both readers of
// streams and readers of directories take them; zip64 only where a number asks for it. The same
// entries give the same bytes: no owner, two modes, one time. (torch's own form: zip_layout.h.)
//
// An archive is, for each entry, LocalRecord and entry.size bytes; then DirectoryRecords.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace weighlock {

struct ZipArchiveEntry {
  std::string path;  // as NormalisePath gives it, 1 to 65534 bytes
  bool is_folder = false;
  bool executable = false;     // a file of mode 0755 and not 0644; folders have 0755
  uint64_t size = 0;           // bytes of content, below 2^63; 0 for a folder
  uint32_t crc = 0;            // CRC-32 of the content
  uint64_t header_offset = 0;  // in bytes from the start of the archive
};

// Seconds since 1970 as the two 16-bit fields of DOS, time below and date above, in UTC: from 1980,
// which stands for anything earlier, to 2107, in steps of two seconds.
uint32_t DosTime(uint64_t seconds);

uint64_t LocalRecordSize(const ZipArchiveEntry& entry);
ByteVector LocalRecord(const ZipArchiveEntry& entry, uint32_t dos_time);

// Central entries and end records; `offset` is where they go.
ByteVector DirectoryRecords(std::span<const ZipArchiveEntry> entries, uint64_t offset,
                            uint32_t dos_time);

}  // namespace weighlock
