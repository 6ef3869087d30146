// The zip directory on any bytes.
//
// Promised: no crash; an error lies inside the input; members lie inside it, and no two share a
// name.
#include <set>
#include <span>
#include <string>

#include "base/checked.h"
#include "container/zip/zip_reader.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "fuzz");
  const auto directory = ReadZipDirectory(source, {});
  if (!directory) {
    WL_FUZZ_CHECK(directory.error().offset() == kNoOffset || directory.error().offset() <= size);
    return 0;
  }
  std::set<std::string> names;
  for (const ZipMember& member : directory->members) {
    WL_FUZZ_CHECK(names.insert(member.name).second);
    WL_FUZZ_CHECK(member.payload_offset.has_value());
    WL_FUZZ_CHECK(FitsIn(*member.payload_offset, member.compressed_size, size));
  }
  return 0;
}
