// The gzip reader on any bytes, in small pieces and large, beside zlib.
//
// Promised: no crash; an error lies inside the input; the size of the pieces changes nothing; what
// we take, zlib takes as one or more members with the same content.
#include <zlib.h>

#include <algorithm>
#include <span>
#include <string>

#include "container/gzip/gzip_reader.h"
#include "fuzz_target.h"

namespace {

using namespace weighlock;

// More than any input of a fuzzer may grow to.
constexpr size_t kMost = size_t{4} << 20;

class Trickle : public ByteStream {
 public:
  Trickle(Bytes bytes, size_t step) : bytes_(bytes), step_(step) {}
  Result<size_t> Read(MutableBytes out) override {
    const size_t count = std::min({out.size(), step_, bytes_.size()});
    std::copy_n(bytes_.begin(), count, out.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  Bytes bytes_;
  size_t step_;
};

Result<std::string> Content(Bytes packed, size_t step) {
  const auto stream = GzipContent(std::make_unique<Trickle>(packed, step));
  std::string content;
  ByteVector block(step * 3);
  while (content.size() < kMost) {
    WL_TRY(const size_t count, stream->Read(block));
    if (count == 0) break;
    content += AsText(Bytes(block).first(count));
  }
  return content;
}

// What zlib makes of the members, or nothing where it refuses one.
bool ZlibAgrees(Bytes packed, const std::string& wanted) {
  std::string content;
  while (!packed.empty()) {
    z_stream z = {};
    WL_FUZZ_CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    int status = Z_OK;
    std::string block(65536, '\0');
    while (status == Z_OK) {
      z.next_out = reinterpret_cast<Bytef*>(block.data());
      z.avail_out = static_cast<uInt>(block.size());
      status = inflate(&z, Z_NO_FLUSH);
      content.append(block, 0, block.size() - z.avail_out);
      if (content.size() > kMost) break;
    }
    packed = packed.subspan(packed.size() - z.avail_in);
    inflateEnd(&z);
    if (status != Z_STREAM_END) return content.size() > kMost;
  }
  return content == wanted;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes packed = std::as_bytes(std::span(data, size));
  const auto whole = Content(packed, 1 << 20);
  const auto pieces = Content(packed, 3);
  WL_FUZZ_CHECK(whole.has_value() == pieces.has_value());
  if (!whole) {
    WL_FUZZ_CHECK(whole.error().offset() <= size && pieces.error().offset() <= size);
    return 0;
  }
  if (whole->size() >= kMost) return 0;
  WL_FUZZ_CHECK(*whole == *pieces);
  WL_FUZZ_CHECK(ZlibAgrees(packed, *whole));
  return 0;
}
