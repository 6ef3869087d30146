// ISA-L packs and streams. Level 1 packs weights at hundreds of MB/s, and as
// small as zlib -6.
#include "codec/deflate.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <array>
#include <cassert>
#include <vector>

namespace weighlock {
namespace {

// ISA-L's interface is in mutable unsigned char; it does not write to its input.
uint8_t* In(Bytes bytes) {
  return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(bytes.data()));
}
uint8_t* Out(MutableBytes bytes) {
  return reinterpret_cast<uint8_t*>(bytes.data());
}

// The most that a chunk can grow: stored blocks of 65,535 bytes with 5 bytes of head each, the
// flush marker, and the slack ISA-L wants before it falls back to them.
size_t WorstCase(size_t size) {
  return size + 5 * (size / 65535 + 1) + 1024;
}

}  // namespace

struct ChunkDeflater::State {
  isal_zstream stream;
  std::vector<uint8_t> level_buffer = std::vector<uint8_t>(ISAL_DEF_LVL1_EXTRA_LARGE);
};

ChunkDeflater::ChunkDeflater() : state_(std::make_unique<State>()) {}
ChunkDeflater::~ChunkDeflater() = default;
ChunkDeflater::ChunkDeflater(ChunkDeflater&&) noexcept = default;
ChunkDeflater& ChunkDeflater::operator=(ChunkDeflater&&) noexcept = default;

void ChunkDeflater::Pack(Bytes chunk, ByteVector& out) {
  out.resize(WorstCase(chunk.size()));
  isal_zstream& s = state_->stream;
  isal_deflate_stateless_init(&s);
  s.level = 1;
  s.level_buf = state_->level_buffer.data();
  s.level_buf_size = static_cast<uint32_t>(state_->level_buffer.size());
  s.flush = FULL_FLUSH;
  s.end_of_stream = 0;
  s.next_in = In(chunk);
  s.avail_in = static_cast<uint32_t>(chunk.size());
  s.next_out = Out(out);
  s.avail_out = static_cast<uint32_t>(out.size());
  [[maybe_unused]] const int rc = isal_deflate_stateless(&s);
  assert(rc == COMP_OK && s.avail_in == 0);
  out.resize(out.size() - s.avail_out);
}

Bytes DeflateEnd() {
  static constexpr std::array<std::byte, 2> kEmptyFinalBlock = {std::byte{0x03}, std::byte{0x00}};
  return kEmptyFinalBlock;
}

struct Inflater::State {
  inflate_state stream;
};

Inflater::Inflater() : state_(std::make_unique<State>()) {
  Reset();
}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

void Inflater::Reset() {
  isal_inflate_init(&state_->stream);
  state_->stream.crc_flag = ISAL_DEFLATE;
}

Result<Inflater::Progress> Inflater::Unpack(Bytes in, MutableBytes out) {
  inflate_state& s = state_->stream;
  s.next_in = In(in);
  s.avail_in = static_cast<uint32_t>(in.size());
  s.next_out = Out(out);
  s.avail_out = static_cast<uint32_t>(out.size());
  const int rc = isal_inflate(&s);
  const bool finished = s.block_state == ISAL_BLOCK_FINISH;
  // At the end of a broken stream the decoder counts bits that were not there as taken.
  const size_t consumed = in.size() - (s.avail_in <= in.size() ? s.avail_in : 0);
  if (rc != ISAL_DECOMP_OK && rc != ISAL_END_INPUT && rc != ISAL_OUT_OVERFLOW) {
    const char* what = rc == ISAL_INVALID_BLOCK      ? "an invalid block"
                       : rc == ISAL_INVALID_SYMBOL   ? "an invalid symbol"
                       : rc == ISAL_INVALID_LOOKBACK ? "a distance before the start"
                                                     : "an invalid stream";
    return Error(Code::kMalformed, fmt::format("the deflate stream has {}", what), consumed);
  }
  Progress progress{consumed, out.size() - s.avail_out, finished, {}};
  if (finished) {
    // Bits are taken from the low end; whole bytes above the odd bits belong to what follows.
    uint64_t bits = s.read_in >> (s.read_in_length % 8);
    for (int left = s.read_in_length / 8; left > 0; --left, bits >>= 8) {
      progress.ahead.push_back(static_cast<std::byte>(bits & 0xFF));
    }
  }
  return progress;
}

}  // namespace weighlock
