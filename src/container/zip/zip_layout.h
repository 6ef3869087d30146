// A zip that is not written yet: where every byte of it stands, and the bytes that are not data.
//
// The form is the one torch.save writes (docs/formats/torch-zip.md): members stored, payloads
// aligned to 64 bytes by an "FB" extra field, checksums in a data descriptor behind each payload,
// always a zip64 end. All sizes are known before any data is read, so a layout is a value, and
// only the descriptors and the directory wait for the checksums.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "weighlock/result.h"

namespace weighlock {

inline constexpr uint64_t kZipPayloadAlignment = 64;

// What goes in: a member's name (UTF-8, at most 65535 bytes) and the bytes of its data.
struct ZipMemberSize {
  std::string name;
  uint64_t size;
};

// One member in its place. Offsets in bytes from the start of the file. The member is, in order:
// local header [header_offset, payload_offset), data, descriptor of `descriptor_size` bytes.
struct ZipEntry {
  std::string name;
  uint64_t size = 0;
  uint64_t header_offset = 0;
  uint64_t payload_offset = 0;
  uint64_t descriptor_offset = 0;
  uint32_t descriptor_size = 0;  // 0 for an empty member, 16, or 24 where zip64 is needed
};

struct ZipPlan {
  std::vector<ZipEntry> entries;
  uint64_t directory_offset = 0;  // where CentralDirectory's bytes go
  uint64_t directory_size = 0;    // of the central entries and the three end records
  uint64_t size = 0;              // of the whole file
};

// Places the members one behind the other in the order given. kUsage: a name is empty or too long.
// kLimit: the file would be longer than 2^63 bytes. Linear in the number of members.
Result<ZipPlan> PlanZip(std::span<const ZipMemberSize> members);

// Exactly payload_offset - header_offset bytes. Needs no checksum: it is in the descriptor.
ByteVector LocalHeader(const ZipEntry& entry);

// Exactly descriptor_size bytes. `crc` is the CRC-32 of the member's data.
ByteVector DataDescriptor(const ZipEntry& entry, uint32_t crc);

// Central entries, zip64 end record, its locator, and the classic end record: directory_size
// bytes. Requires crcs.size() == plan.entries.size(); the CRC of an empty member is 0.
ByteVector CentralDirectory(const ZipPlan& plan, std::span<const uint32_t> crcs);

}  // namespace weighlock
