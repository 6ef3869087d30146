// The replay of a deflate stream on any bytes, against zlib and libdeflate.
//
// Promised: no crash; yes for what both decoders take whole, with the bytes they give; no for any
// other bytes, and for every stream that one of them refuses.
#include <libdeflate.h>
#include <zlib.h>

#include <span>

#include "codec/deflate_replay.h"
#include "fuzz_target.h"

namespace weighlock {
namespace {

constexpr size_t kMost = size_t{1} << 20;  // content looked at

// Unpacks as far as zlib goes, into no byte more than that takes, so that reading behind them
// shows. True: the stream ends with the input.
bool Inflates(Bytes packed, ByteVector& plain) {
  static ByteVector out(kMost);
  z_stream stream{};
  WL_FUZZ_CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_FINISH);
  plain.assign(out.begin(), out.begin() + static_cast<ptrdiff_t>(stream.total_out));
  const bool whole = code == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return whole;
}

bool LibdeflateAgrees(Bytes packed, const ByteVector& plain) {
  static libdeflate_decompressor* const decoder = libdeflate_alloc_decompressor();
  ByteVector out(plain.size());
  size_t in_size = 0, out_size = 0;
  const auto result = libdeflate_deflate_decompress_ex(decoder, packed.data(), packed.size(),
                                                       out.data(), out.size(), &in_size, &out_size);
  return result == LIBDEFLATE_SUCCESS && in_size == packed.size() && out_size == plain.size() &&
         out == plain;
}

}  // namespace
}  // namespace weighlock

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weighlock;
  const Bytes packed = std::as_bytes(std::span(data, size));
  ByteVector plain;
  const bool whole = Inflates(packed, plain) && LibdeflateAgrees(packed, plain);
  DeflateReplay replay;
  WL_FUZZ_CHECK(replay.UnpacksTo(packed, plain) == whole);
  if (plain.empty()) return 0;
  plain[plain.size() / 2] ^= std::byte{1};
  WL_FUZZ_CHECK(!replay.UnpacksTo(packed, plain));
  plain[plain.size() / 2] ^= std::byte{1};
  plain.pop_back();
  WL_FUZZ_CHECK(!replay.UnpacksTo(packed, plain));
  return 0;
}
