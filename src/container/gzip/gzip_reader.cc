// A small state: a buffer of packed bytes, the inflater, and the running CRC of this member.
#include "container/gzip/gzip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "codec/crc32.h"
#include "codec/deflate.h"

namespace weighlock {
namespace {

// The decoder saves its window at every call: large blocks keep that rare.
constexpr size_t kBufferSize = size_t{1280} << 10;

// What the decoder may give back of bytes that the buffer has let go.
constexpr size_t kMostAhead = 8;

// RFC 1952 §2.3.1: flag bits.
constexpr unsigned kHeaderCrc = 2, kExtra = 4, kName = 8, kComment = 16, kReserved = 0xE0;

class GzipStream : public ByteStream {
 public:
  GzipStream(std::unique_ptr<ByteStream> packed, GzipMemberCount counter)
      : packed_(std::move(packed)), counter_(std::move(counter)) {}

  Result<size_t> Read(MutableBytes out) override {
    while (!out.empty()) {
      if (!in_member_) {
        WL_TRY(const bool more, BeginMember());
        if (!more) return size_t{0};
      }
      WL_TRY(const size_t count, ReadMember(out));
      if (count > 0) return count;
    }
    return size_t{0};
  }

 private:
  Bytes Held() const { return Bytes(buffer_).subspan(position_, end_ - position_); }
  uint64_t Offset() const { return buffer_offset_ + position_; }

  // Makes at least `count` bytes held, or as many as there are.
  Status Hold(size_t count) {
    if (end_ - position_ >= count) return {};
    std::memmove(buffer_.data(), buffer_.data() + position_, end_ - position_);
    buffer_offset_ += position_;
    end_ -= position_;
    position_ = 0;
    while (end_ < count) {
      WL_TRY(const size_t got,
             packed_->Read(MutableBytes(buffer_).subspan(end_, kBufferSize - end_)));
      if (got == 0) break;
      end_ += got;
    }
    return {};
  }

  // The next `count` bytes of a header or trailer.
  Result<Bytes> Take(size_t count, std::string_view what) {
    WL_CHECKED(Hold(count));
    if (Held().size() < count) {
      return Error(
          Code::kTruncated,
          fmt::format("gzip: wanted {} bytes of {}, {} are left", count, what, Held().size()),
          Offset());
    }
    const Bytes taken = Held().first(count);
    position_ += count;
    header_crc_ = Crc32(header_crc_, taken);
    return taken;
  }

  Status SkipText(std::string_view what) {
    WL_TRY(Bytes byte, Take(1, what));
    while (byte[0] != std::byte{0}) {
      WL_TRY(byte, Take(1, what));
    }
    return {};
  }

  // Reads a member's header; false where the input ends cleanly before one.
  Result<bool> BeginMember() {
    WL_CHECKED(Hold(1));
    if (Held().empty() && members_ > 0) return false;
    const uint64_t start = Offset();
    header_crc_ = 0;
    WL_CHECKED(Hold(2));
    if (members_ > 0 && !LooksLikeGzip(Held())) {
      return Error(Code::kMalformed, "gzip: bytes follow the end of the compressed data", start);
    }
    WL_TRY(const Bytes fixed, Take(10, "header"));
    if (!LooksLikeGzip(fixed)) {
      return Error(Code::kMalformed, "gzip: wanted the magic 1f 8b, found other bytes", start);
    }
    const auto method = static_cast<unsigned>(fixed[2]);
    const auto flags = static_cast<unsigned>(fixed[3]);
    if (method != 8) {
      return Error(Code::kUnsupported,
                   fmt::format("gzip: wanted method 8 (deflate), found {}", method), start + 2);
    }
    if ((flags & kReserved) != 0) {
      return Error(Code::kMalformed, fmt::format("gzip: reserved flags are set ({:#x})", flags),
                   start + 3);
    }
    if ((flags & kExtra) != 0) {
      WL_TRY(const Bytes size, Take(2, "extra field size"));
      WL_CHECKED(Take(LoadLe<uint16_t>(size), "extra field"));
    }
    if ((flags & kName) != 0) WL_CHECKED(SkipText("file name"));
    if ((flags & kComment) != 0) WL_CHECKED(SkipText("comment"));
    if ((flags & kHeaderCrc) != 0) {
      const auto found = static_cast<uint16_t>(header_crc_);
      WL_TRY(const Bytes said, Take(2, "header checksum"));
      if (LoadLe<uint16_t>(said) != found) {
        return Error(Code::kMismatch, "gzip: the header's checksum is not that of the header",
                     Offset() - 2);
      }
    }
    inflater_.Reset();
    crc_ = 0;
    size_ = 0;
    in_member_ = true;
    ++members_;
    if (counter_ != nullptr) counter_->store(members_);
    return true;
  }

  // Content into `out`; 0 where the member has ended.
  Result<size_t> ReadMember(MutableBytes out) {
    while (true) {
      WL_CHECKED(Hold(1));
      const Bytes held = Held();
      auto progress = inflater_.Unpack(held, out);
      if (!progress) {
        return Error(progress.error().code(), "gzip: " + progress.error().what(),
                     Offset() + progress.error().offset());
      }
      position_ += progress->consumed;
      const Bytes content = Bytes(out).first(progress->produced);
      crc_ = Crc32(crc_, content);
      size_ += content.size();
      if (progress->finished) {
        // What the decoder took too much stands in the buffer still, or did before it was refilled.
        position_ = GiveBack(progress->ahead);
        WL_CHECKED(EndMember());
        return content.size();
      }
      if (!content.empty()) return content.size();
      if (held.empty()) {
        return Error(Code::kTruncated, "gzip: the compressed data is cut off", Offset());
      }
    }
  }

  size_t GiveBack(const ByteVector& ahead) {
    if (ahead.size() <= position_) return position_ - ahead.size();
    const size_t missing = ahead.size() - position_;
    std::memmove(buffer_.data() + missing, buffer_.data(), end_);
    std::copy_n(ahead.begin(), missing, buffer_.begin());
    buffer_offset_ -= missing;
    end_ += missing;
    return 0;
  }

  Status EndMember() {
    in_member_ = false;
    const uint64_t start = Offset();
    WL_TRY(const Bytes trailer, Take(8, "trailer"));
    const auto crc = LoadLe<uint32_t>(trailer);
    const auto size = LoadLe<uint32_t>(trailer.subspan(4));
    if (crc != crc_) {
      return Error(
          Code::kMismatch,
          fmt::format("gzip: the trailer says CRC-32 {:08x}, the content has {:08x}", crc, crc_),
          start);
    }
    if (size != static_cast<uint32_t>(size_)) {
      return Error(Code::kMismatch,
                   fmt::format("gzip: the trailer says {} bytes (mod 2^32), the content has {}",
                               size, static_cast<uint32_t>(size_)),
                   start + 4);
    }
    return {};
  }

  std::unique_ptr<ByteStream> packed_;
  ByteVector buffer_ = ByteVector(kBufferSize + kMostAhead);
  size_t position_ = 0, end_ = 0;  // of the packed bytes in it that are not used up
  uint64_t buffer_offset_ = 0;     // of buffer_[0] in the packed stream
  Inflater inflater_;
  bool in_member_ = false;
  uint64_t members_ = 0;
  GzipMemberCount counter_;
  uint32_t header_crc_ = 0;  // of what was taken since the member's start
  uint32_t crc_ = 0;         // of its content
  uint64_t size_ = 0;        // content bytes of this member so far
};

}  // namespace

bool LooksLikeGzip(Bytes head) {
  return head.size() >= 2 && head[0] == std::byte{0x1F} && head[1] == std::byte{0x8B};
}

std::unique_ptr<ByteStream> GzipContent(std::unique_ptr<ByteStream> packed,
                                        GzipMemberCount members) {
  return std::make_unique<GzipStream>(std::move(packed), std::move(members));
}

}  // namespace weighlock
