// The CRC-32s that a torch zip keeps of its storages, against the bytes that were converted.
//
// torch itself never looks at them, and can be told not to compute them
// (torch.serialization.set_crc32_options), so a file where none is right says nothing. Where some
// are right, the others tell of damage.
#pragma once

#include <span>

#include "package/tensor_bytes.h"

namespace weighlock {

// Compares every checksum of the list. `crcs` has the CRC-32 of each tensor's bytes as they were
// written, which are those of the file where the tensor is a whole storage; other storages are
// read. kMismatch: the bytes of some, not of all, are not what was once written. Adds a note where
// the file's checksums say nothing.
Status CheckStoredChecksums(std::span<const uint32_t> crcs, TensorList& list);

}  // namespace weighlock
