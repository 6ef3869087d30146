// The zip reader on any bytes.
//
// Promised: no crash; errors lie inside the input; names are printable and distinct; members lie in
// the file before the directory and do not overlap.
#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "container/zip/zip_reader.h"
#include "fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto source = ByteSource::FromMemory({bytes.begin(), bytes.end()}, "fuzz");
  const auto directory = ReadZipDirectory(source, Limits());
  if (!directory) {
    WL_FUZZ_CHECK(directory.error().offset() <= size);
    return 0;
  }
  WL_FUZZ_CHECK(directory->directory_offset <= size);
  std::set<std::string_view> names;
  std::vector<std::pair<uint64_t, uint64_t>> payloads;
  for (const ZipMember& member : directory->members) {
    WL_FUZZ_CHECK(!member.name.empty() && names.insert(member.name).second);
    WL_FUZZ_CHECK(directory->Find(member.name) == &member);
    WL_FUZZ_CHECK(member.payload_offset.has_value());  // all bytes are held here
    WL_FUZZ_CHECK(
        FitsIn(*member.payload_offset, member.compressed_size, directory->directory_offset));
    if (member.is_stored()) WL_FUZZ_CHECK(member.size == member.compressed_size);
    payloads.emplace_back(member.local_header_offset,
                          *member.payload_offset + member.compressed_size);
  }
  std::sort(payloads.begin(), payloads.end());
  for (size_t i = 1; i < payloads.size(); ++i) {
    WL_FUZZ_CHECK(payloads[i - 1].second <= payloads[i].first);
  }
  return 0;
}
