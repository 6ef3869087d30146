// The libraries' decoders behind one loop that feeds them.
#include "container/packed/packed_stream.h"

#include <bzlib.h>
#include <fmt/format.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace weighlock {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kBlock = size_t{256} << 10;
constexpr uint64_t kMostMemory = uint64_t{128} << 20;
constexpr int kMostWindowLog = 27;  // of zstd: 128 MiB

// The libraries take their input as mutable, and do not write to it.
template <class T>
T* In(Bytes bytes) {
  return reinterpret_cast<T*>(const_cast<std::byte*>(bytes.data()));
}
template <class T>
T* Out(MutableBytes bytes) {
  return reinterpret_cast<T*>(bytes.data());
}

struct Progress {
  size_t consumed = 0, produced = 0;
  bool finished = false;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // kMalformed, kLimit; without a place.
  virtual Result<Progress> Run(Bytes in, MutableBytes out) = 0;
  // Begins another stream.
  virtual void Reset() = 0;
};

Error Damaged(std::string_view kind) {
  return Error(Code::kMalformed, fmt::format("no {} stream from here on", kind));
}

class Bzip2 : public Decoder {
 public:
  Bzip2() { BZ2_bzDecompressInit(&stream_, 0, 0); }
  ~Bzip2() override { BZ2_bzDecompressEnd(&stream_); }
  void Reset() override {
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    BZ2_bzDecompressInit(&stream_, 0, 0);
  }
  Result<Progress> Run(Bytes in, MutableBytes out) override {
    stream_.next_in = In<char>(in);
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = Out<char>(out);
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int code = BZ2_bzDecompress(&stream_);
    if (code != BZ_OK && code != BZ_STREAM_END) return Damaged("bzip2");
    return Progress{in.size() - stream_.avail_in, out.size() - stream_.avail_out,
                    code == BZ_STREAM_END};
  }

 private:
  bz_stream stream_ = {};
};

class Lzma : public Decoder {
 public:
  explicit Lzma(bool alone) : alone_(alone) { Begin(); }
  ~Lzma() override { lzma_end(&stream_); }
  void Reset() override { Begin(); }
  Result<Progress> Run(Bytes in, MutableBytes out) override {
    stream_.next_in = In<const uint8_t>(in);
    stream_.avail_in = in.size();
    stream_.next_out = Out<uint8_t>(out);
    stream_.avail_out = out.size();
    const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
    if (code == LZMA_MEMLIMIT_ERROR) {
      return Error(Code::kLimit, fmt::format("it wants more than {} bytes of memory", kMostMemory));
    }
    if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) {
      return Damaged(alone_ ? "lzma" : "xz");
    }
    return Progress{in.size() - stream_.avail_in, out.size() - stream_.avail_out,
                    code == LZMA_STREAM_END};
  }

 private:
  void Begin() {
    // It takes over what an earlier stream has left.
    [[maybe_unused]] const lzma_ret code = alone_ ? lzma_alone_decoder(&stream_, kMostMemory)
                                                  : lzma_stream_decoder(&stream_, kMostMemory, 0);
  }
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool alone_;
};

class Zstd : public Decoder {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMostWindowLog);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  void Reset() override { ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only); }
  Result<Progress> Run(Bytes in, MutableBytes out) override {
    ZSTD_inBuffer from = {in.data(), in.size(), 0};
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    const size_t code = ZSTD_decompressStream(stream_, &to, &from);
    if (ZSTD_isError(code)) return Damaged("zstd");
    return Progress{from.pos, to.pos, code == 0};
  }

 private:
  ZSTD_DStream* stream_;
};

class Zlib : public Decoder {
 public:
  Zlib() { inflateInit(&stream_); }
  ~Zlib() override { inflateEnd(&stream_); }
  void Reset() override { inflateReset(&stream_); }
  Result<Progress> Run(Bytes in, MutableBytes out) override {
    stream_.next_in = In<Bytef>(in);
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = Out<Bytef>(out);
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Damaged("zlib");
    return Progress{in.size() - stream_.avail_in, out.size() - stream_.avail_out,
                    code == Z_STREAM_END};
  }

 private:
  z_stream stream_ = {};
};

class Lz4 : public Decoder {
 public:
  Lz4() { LZ4F_createDecompressionContext(&stream_, LZ4F_VERSION); }
  ~Lz4() override { LZ4F_freeDecompressionContext(stream_); }
  void Reset() override { LZ4F_resetDecompressionContext(stream_); }
  Result<Progress> Run(Bytes in, MutableBytes out) override {
    size_t produced = out.size(), consumed = in.size();
    const size_t code =
        LZ4F_decompress(stream_, out.data(), &produced, in.data(), &consumed, nullptr);
    if (LZ4F_isError(code)) return Damaged("lz4");
    return Progress{consumed, produced, code == 0};
  }

 private:
  LZ4F_dctx* stream_ = nullptr;
};

struct Kind {
  Packing packing;
  std::string_view name, magic;
  std::unique_ptr<Decoder> (*decoder)();
};
const std::array kKinds = {
    Kind{Packing::kBzip2, "bzip2", "BZh"sv,
         [] { return std::unique_ptr<Decoder>(std::make_unique<Bzip2>()); }},
    Kind{Packing::kXz, "xz",
         "\xFD"
         "7zXZ\0"sv,
         [] { return std::unique_ptr<Decoder>(std::make_unique<Lzma>(false)); }},
    Kind{Packing::kLzma, "lzma", "\x5D\0\0"sv,
         [] { return std::unique_ptr<Decoder>(std::make_unique<Lzma>(true)); }},
    Kind{Packing::kZstd, "zstd", "\x28\xB5\x2F\xFD"sv,
         [] { return std::unique_ptr<Decoder>(std::make_unique<Zstd>()); }},
    Kind{Packing::kZlib, "zlib", "\x78"sv,
         [] { return std::unique_ptr<Decoder>(std::make_unique<Zlib>()); }},
    Kind{Packing::kLz4, "lz4", "\x04\x22\x4D\x18"sv,
         [] { return std::unique_ptr<Decoder>(std::make_unique<Lz4>()); }},
};

const Kind& KindOf(Packing packing) {
  return *std::find_if(kKinds.begin(), kKinds.end(),
                       [&](const Kind& kind) { return kind.packing == packing; });
}

class PackedStream : public ByteStream {
 public:
  PackedStream(std::unique_ptr<ByteStream> packed, Packing packing)
      : packed_(std::move(packed)), kind_(KindOf(packing)), decoder_(kind_.decoder()) {}

  Result<size_t> Read(MutableBytes out) override {
    while (!out.empty()) {
      WL_CHECKED(Refill());
      const Bytes in = Bytes(buffer_).subspan(position_, end_ - position_);
      if (finished_) {
        if (in.empty()) return size_t{0};
        WL_CHECKED(BeginNext(in));
      }
      auto progress = decoder_->Run(in, out);
      if (!progress) return Error(progress.error().code(), progress.error().what(), Offset());
      position_ += progress->consumed;
      finished_ = progress->finished;
      if (progress->produced > 0) return progress->produced;
      if (in.empty() && !finished_) {
        return Error(Code::kTruncated, fmt::format("the {} stream is cut off", kind_.name),
                     Offset());
      }
    }
    return size_t{0};
  }

 private:
  uint64_t Offset() const { return taken_ - (end_ - position_); }

  Status Refill() {
    if (position_ < end_) return {};
    WL_TRY(end_, packed_->Read(buffer_));
    position_ = 0;
    taken_ += end_;
    return {};
  }

  // What stands behind the end of a stream is another one, or does not belong there.
  Status BeginNext(Bytes in) {
    const bool continues = kind_.packing != Packing::kZlib && kind_.packing != Packing::kLzma &&
                           AsText(in).substr(0, kind_.magic.size()) ==
                               kind_.magic.substr(0, std::min(in.size(), kind_.magic.size()));
    if (!continues) {
      return Error(Code::kMalformed,
                   fmt::format("bytes stand behind the end of the {} stream", kind_.name),
                   Offset());
    }
    decoder_->Reset();
    finished_ = false;
    return {};
  }

  std::unique_ptr<ByteStream> packed_;
  const Kind& kind_;
  std::unique_ptr<Decoder> decoder_;
  ByteVector buffer_ = ByteVector(kBlock);
  size_t position_ = 0, end_ = 0;
  uint64_t taken_ = 0;
  bool finished_ = false;
};

}  // namespace

std::string_view PackingName(Packing packing) {
  return KindOf(packing).name;
}

std::optional<Packing> PackingOf(Bytes head) {
  for (const Kind& kind : kKinds) {
    if (!AsText(head).starts_with(kind.magic)) continue;
    if (kind.packing == Packing::kZlib) {
      // The two bytes of its header are a multiple of 31.
      if (head.size() < 3 || (0x7800u + static_cast<uint8_t>(head[1])) % 31 != 0 ||
          (static_cast<uint8_t>(head[1]) & 0x20) != 0) {
        continue;
      }
    }
    if (kind.packing == Packing::kBzip2 &&
        (head.size() < 10 || AsText(head).substr(4, 6) != "\x31\x41\x59\x26\x53\x59")) {
      continue;
    }
    if (kind.packing == Packing::kLzma && head.size() < 13) continue;
    return kind.packing;
  }
  return std::nullopt;
}

std::unique_ptr<ByteStream> PackedContent(std::unique_ptr<ByteStream> packed, Packing packing) {
  return std::make_unique<PackedStream>(std::move(packed), packing);
}

}  // namespace weighlock
