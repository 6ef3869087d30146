// A zip as a package, on any bytes: every member is read, as an unpacker would.
//
// Promised: no crash; paths that NormalisePath leaves as they are, no two the same; no member gives
// another number of bytes than it was said to have; and, for the list of digests that such a
// package may hold, that what is read is well formed.
#include <set>
#include <span>

#include "base/package_path.h"
#include "fuzz_target.h"
#include "pack/manifest.h"
#include "package/archive_reader.h"

namespace weighlock {
namespace {

void ReadAll(ArchiveReader& archive, const Limits& limits) {
  std::set<std::string> paths;
  ByteVector block(10'000);
  while (true) {
    auto member = archive.Next();
    if (!member || !*member) return;
    const auto path = NormalisePath((*member)->path, limits);
    WL_FUZZ_CHECK(path && *path == (*member)->path);
    WL_FUZZ_CHECK(paths.insert(*path).second);
    uint64_t size = 0;
    while (true) {
      auto count = archive.Read(block);
      if (!count) return;
      if (*count == 0) break;
      size += *count;
    }
    WL_FUZZ_CHECK(size == (*member)->size);
  }
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  Limits limits;
  limits.unpacked_bytes = 1 << 20;
  if (const auto sums = ReadSums(AsText(bytes), limits)) {
    for (const Sum& sum : *sums)
      WL_FUZZ_CHECK(sum.sha256.size() == 64 && !sum.path.starts_with('/'));
  }
  const ByteSource source =
      ByteSource::FromMemory(ByteVector(bytes.begin(), bytes.end()), "input.zip");
  auto archive = OpenZipReader(source, limits);
  if (archive) ReadAll(**archive, limits);
  return 0;
}
