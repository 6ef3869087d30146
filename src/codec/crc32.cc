// ISA-L for the bytes (tens of GB/s), zlib for joining.
#include "codec/crc32.h"

#include <isa-l/crc.h>
#include <zlib.h>

namespace weighlock {

uint32_t Crc32(uint32_t crc, Bytes bytes) {
  // ISA-L takes unsigned char*; std::byte may be viewed so.
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

uint32_t Crc32Combine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) {
  return static_cast<uint32_t>(crc32_combine(crc_a, crc_b, static_cast<z_off_t>(length_b)));
}

}  // namespace weighlock
