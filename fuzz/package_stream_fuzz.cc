// A package of any bytes: as a .tar, and the same packed as a .tar.gz.
//
// Promised: no crash; the artefacts of both are the same files; weights only name artefacts that
// are there; the sources are as long as the artefacts say. Where both are read, they are recognised
// alike.
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <span>
#include <string>

#include "base/file.h"
#include "fuzz_target.h"
#include "package/package_reader.h"

namespace weighlock {
namespace {

// An unnamed file in memory, with a path.
class MemoryFile {
 public:
  explicit MemoryFile(Bytes bytes) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    WL_FUZZ_CHECK(WriteExactly(file_, 0, bytes));
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.fd()); }

 private:
  FileHandle file_;
};

ByteVector Gzip(Bytes content) {
  z_stream z = {};
  WL_FUZZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  ByteVector packed(deflateBound(&z, content.size()));
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  WL_FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - z.avail_out);
  deflateEnd(&z);
  return packed;
}

void CheckPackage(const OpenedPackage& opened) {
  const Package& package = opened.package;
  WL_FUZZ_CHECK(package.artefacts.size() == opened.sources.size());
  for (size_t i = 0; i < package.artefacts.size(); ++i) {
    WL_FUZZ_CHECK(package.artefacts[i].size == opened.sources[i].size());
  }
  for (const WeightSet& set : package.weights) {
    WL_FUZZ_CHECK(!set.files.empty());
    for (const size_t file : set.files) WL_FUZZ_CHECK(file < package.artefacts.size());
    if (set.index) WL_FUZZ_CHECK(*set.index < package.artefacts.size());
    (void)ParameterCount(package, set);
  }
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  Limits limits;
  limits.members = 64;
  limits.unpacked_bytes = uint64_t{1} << 22;
  limits.pickle_nodes = 100'000;
  const MemoryFile plain(bytes), packed(Gzip(bytes));
  const auto tar = OpenPackage(plain.path(), limits);
  const auto tar_gz = OpenPackage(packed.path(), limits);
  if (tar) CheckPackage(*tar);
  if (tar_gz) CheckPackage(*tar_gz);
  if (!tar_gz || !tar || tar->package.kind != PackageKind::kTar) return 0;
  const auto &a = tar->package.artefacts, &b = tar_gz->package.artefacts;
  WL_FUZZ_CHECK(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    WL_FUZZ_CHECK(a[i].path == b[i].path && a[i].size == b[i].size);
    WL_FUZZ_CHECK(a[i].format == b[i].format && a[i].role == b[i].role);
    WL_FUZZ_CHECK(a[i].model.has_value() == b[i].model.has_value());
  }
  return 0;
}
