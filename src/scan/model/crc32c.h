// CRC-32C (Castagnoli), as TensorFlow's files have it.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weighlock::scan {

// Of `bytes` behind those that `crc` is of; 0 to begin with.
uint32_t Crc32c(uint32_t crc, Bytes bytes);

// The form in which it is stored: rotated and offset, for a checksum of bytes that hold checksums
// is a poor one.
uint32_t MaskedCrc32c(uint32_t crc);

}  // namespace weighlock::scan
