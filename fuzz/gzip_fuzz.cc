// The gzip reader on any bytes, against zlib.
//
// Promised: no crash; errors lie inside the input; the same answer however the bytes arrive and
// are asked for; what zlib takes whole, as one member or several, we take and give the same bytes.
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "container/gzip/gzip_reader.h"
#include "fuzz_target.h"

namespace weighlock {
namespace {

constexpr size_t kMost = size_t{4} << 20;  // content looked at

class PieceStream : public ByteStream {
 public:
  PieceStream(Bytes bytes, size_t step) : bytes_(bytes), step_(step) {}
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

struct Outcome {
  ByteVector content;
  std::optional<std::string> error;
  bool operator==(const Outcome&) const = default;
};

Outcome Unpack(Bytes packed, size_t in_step, size_t out_step) {
  const auto stream = GzipContent(std::make_unique<PieceStream>(packed, in_step));
  Outcome outcome;
  ByteVector buffer(out_step);
  while (outcome.content.size() < kMost) {
    auto count = stream->Read(buffer);
    if (!count) {
      WL_FUZZ_CHECK(count.error().offset() <= packed.size());
      outcome.error = std::string(CodeWord(count.error().code()));
      return outcome;
    }
    if (*count == 0) return outcome;
    Append(outcome.content, Bytes(buffer).first(*count));
  }
  outcome.content.resize(kMost);
  return outcome;
}

// What zlib makes of it; nothing where it does not take all of it.
std::optional<ByteVector> ZlibUnpack(Bytes packed) {
  ByteVector content;
  ByteVector buffer(64 << 10);
  while (!packed.empty()) {
    z_stream z = {};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return std::nullopt;
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    z.avail_in = static_cast<uInt>(packed.size());
    int rc = Z_OK;
    while (rc == Z_OK && content.size() < kMost) {
      z.next_out = reinterpret_cast<Bytef*>(buffer.data());
      z.avail_out = static_cast<uInt>(buffer.size());
      rc = inflate(&z, Z_NO_FLUSH);
      Append(content, Bytes(buffer).first(buffer.size() - z.avail_out));
    }
    const size_t left = z.avail_in;
    inflateEnd(&z);
    if (content.size() >= kMost) return std::nullopt;
    if (rc != Z_STREAM_END) return std::nullopt;
    packed = packed.last(left);
  }
  return content;
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes packed = std::as_bytes(std::span(data, size));
  const Outcome whole = Unpack(packed, size + 1, 64 << 10);
  // A broken stream gives up at another place of its content when it is asked for less at a time.
  const Outcome pieces = Unpack(packed, size < 70 ? 1 : size / 7, 1000);
  WL_FUZZ_CHECK(pieces.error.has_value() == whole.error.has_value());
  if (!whole.error) WL_FUZZ_CHECK(pieces == whole);
  if (size == 0) return 0;
  if (const auto content = ZlibUnpack(packed)) {
    WL_FUZZ_CHECK(!whole.error && whole.content == *content);
  }
  return 0;
}
