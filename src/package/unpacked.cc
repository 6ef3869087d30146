// The decompressor stands behind a counter, which stops a bomb by what it has put out, not by what
// its header says.
#include "package/unpacked.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/read_ahead.h"

namespace weighlock {
namespace {

// A model of zeros packs a thousandfold; up to here that harms nobody.
constexpr uint64_t kAnyRatio = uint64_t{1} << 30;

class BoundedStream : public ByteStream {
 public:
  BoundedStream(std::unique_ptr<ByteStream> inner, std::string_view kind, uint64_t most)
      : inner_(std::move(inner)), kind_(kind), most_(most) {}

  Result<size_t> Read(MutableBytes out) override {
    WL_TRY(const size_t count, inner_->Read(out));
    if (count <= most_ - done_) {
      done_ += count;
      return count;
    }
    return Error(Code::kLimit, fmt::format("{}: it unpacks to more than {} bytes", kind_, most_));
  }

 private:
  std::unique_ptr<ByteStream> inner_;
  const std::string kind_;
  const uint64_t most_;
  uint64_t done_ = 0;
};

}  // namespace

uint64_t MostUnpacked(uint64_t packed_size, const Limits& limits) {
  const uint64_t by_ratio = CheckedMul(packed_size, limits.unpacked_ratio).value_or(UINT64_MAX);
  return std::min(limits.unpacked_bytes, std::max(kAnyRatio, by_ratio));
}

std::unique_ptr<ByteStream> UnpackedContent(const ByteSource& packed, const Limits& limits) {
  return Unpacked(StreamOf(packed), packed.size(), limits);
}

std::unique_ptr<ByteStream> Bounded(std::unique_ptr<ByteStream> content, std::string_view kind,
                                    uint64_t packed_size, const Limits& limits) {
  return ReadAhead(
      std::make_unique<BoundedStream>(std::move(content), kind, MostUnpacked(packed_size, limits)));
}

std::unique_ptr<ByteStream> Unpacked(std::unique_ptr<ByteStream> packed, uint64_t packed_size,
                                     const Limits& limits, GzipMemberCount members) {
  return Bounded(GzipContent(std::move(packed), std::move(members)), "gzip", packed_size, limits);
}

}  // namespace weighlock
