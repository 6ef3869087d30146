// CRC-32 as zip and gzip use it (ISO-HDLC, reflected polynomial 0xEDB88320).
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weighlock {

// Continues `crc` (0 to begin) over `bytes`.
uint32_t Crc32(uint32_t crc, Bytes bytes);

// The CRC of A followed by B, from crc(A), crc(B) and the length of B in bytes. O(log length).
uint32_t Crc32Combine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b);

}  // namespace weighlock
