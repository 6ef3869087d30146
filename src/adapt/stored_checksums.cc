// Where a record is one tensor's bytes, the CRC that converting took stands for it; the others are
// read once more.
#include "adapt/stored_checksums.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "codec/crc32.h"

namespace weighlock {
namespace {

constexpr size_t kBlock = size_t{1} << 20;

Result<uint32_t> Crc32Of(const ByteSource& file, const Extent& data) {
  ByteVector block(static_cast<size_t>(std::min<uint64_t>(kBlock, data.size)));
  uint32_t crc = 0;
  for (uint64_t done = 0; done < data.size;) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(kBlock, data.size - done));
    const MutableBytes bytes = MutableBytes(block).first(count);
    WL_CHECKED(file.ReadAt(data.offset + done, bytes));
    crc = Crc32(crc, bytes);
    done += count;
  }
  return crc;
}

}  // namespace

Status CheckStoredChecksums(std::span<const uint32_t> crcs, TensorList& list) {
  size_t right = 0, wrong = 0;
  Error damage(Code::kMismatch, "");
  for (const StoredChecksum& check : list.checksums) {
    uint32_t found = 0;
    if (check.tensor) {
      found = crcs[*check.tensor];
    } else {
      auto crc = Crc32Of(check.file, check.data);
      if (!crc) return std::move(crc).error().In(check.file.name());
      found = *crc;
    }
    if (found == check.crc32) {
      ++right;
    } else if (wrong++ == 0) {
      damage = Error(Code::kMismatch,
                     fmt::format("{} has CRC-32 {:08x}, the directory says {:08x}: its bytes are "
                                 "not what was once written",
                                 Quote(check.name), found, check.crc32),
                     check.data.offset, check.file.name());
    }
  }
  if (wrong == 0) return {};
  if (right > 0) return damage;
  list.notes.push_back(fmt::format(
      "none of the {} checksums in the file is that of its bytes: it was written without them",
      wrong));
  return {};
}

}  // namespace weighlock
