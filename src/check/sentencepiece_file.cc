// A walk over the outermost fields.
#include "check/sentencepiece_file.h"

#include <optional>

namespace weighlock {
namespace {

constexpr unsigned kVarintBits = 64;

// A number of 7 bits a byte; nothing where the file ends in it, or it has more than 64 bits.
std::optional<uint64_t> TakeVarint(Bytes& rest) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < kVarintBits && !rest.empty(); shift += 7) {
    const auto byte = static_cast<uint64_t>(rest[0]);
    rest = rest.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// Passes over a field's value, of the wire type that its tag says.
bool TakeValue(Bytes& rest, uint64_t wire_type) {
  std::optional<uint64_t> size;
  switch (wire_type) {
    case 0:
      return TakeVarint(rest).has_value();
    case 1:
      size = 8;
      break;
    case 2:
      size = TakeVarint(rest);
      break;
    case 5:
      size = 4;
      break;
    default:
      return false;
  }
  if (!size || *size > rest.size()) return false;
  rest = rest.subspan(static_cast<size_t>(*size));
  return true;
}

}  // namespace

SentencePieceFile JudgeSentencePieceFile(Bytes file) {
  if (file.empty()) return SentencePieceFile::kEmpty;
  while (!file.empty()) {
    const auto tag = TakeVarint(file);
    const bool whole = tag && *tag >> 3 != 0 && TakeValue(file, *tag & 7);
    if (!whole) return SentencePieceFile::kGarbage;
  }
  return SentencePieceFile::kReadable;
}

uint64_t CountSentencePieces(Bytes file) {
  constexpr uint64_t kPieces = 1 << 3 | 2;  // repeated SentencePiece pieces = 1
  uint64_t count = 0;
  for (auto tag = TakeVarint(file); tag; tag = TakeVarint(file)) {
    if (!TakeValue(file, *tag & 7)) break;
    count += *tag == kPieces ? 1 : 0;
  }
  return count;
}

}  // namespace weighlock
