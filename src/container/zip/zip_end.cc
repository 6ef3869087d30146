// Renders the end records.
#include "container/zip/zip_end.h"

#include <algorithm>

#include "container/zip/zip_records.h"

namespace weighlock::zip {
namespace {

template <class Small>
Small Capped(uint64_t value) {
  return static_cast<Small>(std::min<uint64_t>(value, static_cast<Small>(-1)));
}

}  // namespace

void AppendEndRecords(ByteVector& out, const DirectoryPlace& directory, bool zip64) {
  if (zip64) {
    AppendLe(out, kEnd64Signature);
    AppendLe(out, uint64_t{kEnd64Size - 12});  // the bytes after this field
    AppendLe(out, uint16_t{0x031e});           // made by, as miniz says it
    AppendLe(out, uint16_t{0x002d});           // needed to extract: 4.5, zip64
    AppendLe(out, uint32_t{0});                // this disk
    AppendLe(out, uint32_t{0});                // the directory's disk
    AppendLe(out, directory.count);
    AppendLe(out, directory.count);
    AppendLe(out, directory.size);
    AppendLe(out, directory.offset);

    AppendLe(out, kEnd64LocatorSignature);
    AppendLe(out, uint32_t{0});
    AppendLe(out, directory.offset + directory.size);
    AppendLe(out, uint32_t{1});  // disks
  }
  AppendLe(out, kEndSignature);
  AppendLe(out, uint16_t{0});
  AppendLe(out, uint16_t{0});
  AppendLe(out, Capped<uint16_t>(directory.count));
  AppendLe(out, Capped<uint16_t>(directory.count));
  AppendLe(out, Capped<uint32_t>(directory.size));
  AppendLe(out, Capped<uint32_t>(directory.offset));
  AppendLe(out, uint16_t{0});  // comment
}

}  // namespace weighlock::zip
