// A zip's directory, read so strictly that no two readers could see different members.
//
// Central entries, local headers and data descriptors must agree; members must lie one behind the
// other from byte 0 without overlap; names must be distinct for readers that ignore case. What
// breaks this is an error; oddities that change nothing for any reader are notes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

struct ZipMember {
  std::string name;     // as written; no control bytes, never empty
  uint16_t method = 0;  // 0 stored, 8 deflated; others are listed, not judged
  uint16_t flags = 0;
  uint32_t crc32 = 0;            // as the directory claims; the data is not read here
  uint64_t compressed_size = 0;  // bytes in the file
  uint64_t size = 0;             // bytes unpacked, as the directory claims
  uint64_t local_header_offset = 0;
  uint32_t unix_mode = 0;  // file type and permissions as stat(2) gives them; 0: not said
  // Where the data starts, in bytes from the start of the file. Nothing where the source does not
  // hold the local header (ByteSource::Sparse).
  std::optional<uint64_t> payload_offset;

  bool is_stored() const { return method == 0; }
};

// Bytes that belong to no member: they stand between two, or before the directory.
struct ZipGap {
  uint64_t offset, size;
};

struct ZipDirectory {
  std::vector<ZipMember> members;  // in the directory's order
  std::vector<ZipGap> gaps;        // ascending; none holds a local header
  std::vector<std::string> notes;
  uint64_t directory_offset = 0;
  uint64_t end = 0;  // behind the comment; readers let other bytes follow

  // The member of exactly this name, or null. Linear.
  const ZipMember* Find(std::string_view name) const;
};

// Errors: kTruncated and kMalformed where the structure is broken or ambiguous, kMismatch where
// two records of one member disagree, kUnsupported for encryption and several disks, kLimit
// (Limits::members, Limits::path_bytes). Offsets count from the start of the source. Reads the
// tail, the directory, and a few bytes around each member; linear but for one sort.
Result<ZipDirectory> ReadZipDirectory(const ByteSource& source, const Limits& limits);

}  // namespace weighlock
