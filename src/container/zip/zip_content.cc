// Packed bytes in blocks through the inflater, or straight through.
#include "container/zip/zip_content.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "codec/crc32.h"
#include "codec/deflate.h"
#include "container/zip/zip_records.h"

namespace weighlock {
namespace {

constexpr size_t kBlock = size_t{256} << 10;

class MemberContent : public ByteStream {
 public:
  MemberContent(ByteSource packed, const ZipMember& member)
      : packed_(std::move(packed)), member_(member) {}

  Result<size_t> Read(MutableBytes out) override {
    if (done_ == member_.size) {
      WL_CHECKED(CheckEnd());
      return size_t{0};
    }
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), member_.size - done_)));
    WL_TRY(const size_t count, member_.is_stored() ? ReadStored(out) : Unpack(out));
    crc_ = Crc32(crc_, out.first(count));
    done_ += count;
    if (done_ == member_.size) WL_CHECKED(CheckEnd());
    return count;
  }

 private:
  Result<size_t> ReadStored(MutableBytes out) {
    WL_CHECKED(packed_.ReadAt(done_, out));
    return out.size();
  }

  Status Refill() {
    if (position_ < held_.size() || taken_ == packed_.size()) return {};
    const uint64_t count = std::min<uint64_t>(kBlock, packed_.size() - taken_);
    WL_TRY(held_, packed_.Read(taken_, count));
    taken_ += count;
    position_ = 0;
    return {};
  }

  Result<size_t> Unpack(MutableBytes out) {
    while (!finished_) {
      WL_CHECKED(Refill());
      const Bytes in = Bytes(held_).subspan(position_);
      WL_TRY(const Inflater::Progress progress, inflater_.Unpack(in, out));
      position_ += progress.consumed;
      finished_ = progress.finished;
      ahead_ = progress.ahead.size();
      if (progress.produced > 0) return progress.produced;
      if (in.empty() && !finished_) break;
    }
    return Error(Code::kMismatch, fmt::format("{} unpacks to {} bytes, the directory claims {}",
                                              Quote(member_.name), done_, member_.size));
  }

  // What is said of the content must be true of it, and nothing may be packed behind it.
  Status CheckEnd() {
    if (checked_) return {};
    if (!member_.is_stored()) {
      std::byte more;
      while (!finished_) {
        WL_CHECKED(Refill());
        const Bytes in = Bytes(held_).subspan(position_);
        WL_TRY(const Inflater::Progress progress, inflater_.Unpack(in, MutableBytes(&more, 1)));
        position_ += progress.consumed;
        finished_ = progress.finished;
        ahead_ = progress.ahead.size();
        const bool stuck = in.empty() && !finished_;
        if (progress.produced == 0 && !stuck) continue;
        return Error(Code::kMismatch,
                     fmt::format("{} does not end after the {} bytes that the directory claims",
                                 Quote(member_.name), member_.size));
      }
      const uint64_t left = packed_.size() - taken_ + (held_.size() - position_) + ahead_;
      if (left > 0) {
        return Error(Code::kMalformed, fmt::format("{} has {} bytes behind its deflate stream",
                                                   Quote(member_.name), left));
      }
    }
    if (crc_ != member_.crc32) {
      return Error(Code::kMismatch,
                   fmt::format("{} has the CRC-32 {:08x}, the directory claims {:08x}",
                               Quote(member_.name), crc_, member_.crc32));
    }
    checked_ = true;
    return {};
  }

  ByteSource packed_;
  ZipMember member_;
  Inflater inflater_;
  ByteVector held_;      // packed bytes, read ahead of the inflater
  size_t position_ = 0;  // in held_
  uint64_t taken_ = 0;   // bytes of packed_ that came into held_
  size_t ahead_ = 0;     // bytes that the inflater took and did not need
  uint64_t done_ = 0;    // bytes of content
  uint32_t crc_ = 0;
  bool finished_ = false;  // the deflate stream has ended
  bool checked_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> ZipContent(const ByteSource& zip, const ZipMember& member) {
  if (!member.is_stored() && member.method != zip::kMethodDeflated) {
    return Error(Code::kUnsupported,
                 fmt::format("{} is packed by method {}, wanted stored (0) or deflated (8)",
                             Quote(member.name), member.method),
                 member.local_header_offset);
  }
  if (!member.payload_offset) {
    return Error(Code::kUnsupported, "the archive's bytes are not all at hand");
  }
  ByteSource packed = zip.Slice(*member.payload_offset, member.compressed_size, zip.name());
  return std::unique_ptr<ByteStream>(std::make_unique<MemberContent>(std::move(packed), member));
}

}  // namespace weighlock
