// Three ways through the same symbols: literals compared many at a time, symbols decoded one after
// the other with bits to spare, and one symbol at a time near an end. Names are those of RFC 1951.
#include "codec/deflate_replay.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "codec/deflate_symbols.h"

namespace weighlock {
namespace {

// Bits that a 64-bit load always has behind the odd bits of its first byte.
constexpr unsigned kWindowBits = 57;
// Where a code's size stands in a sized code: beyond any window, wherever the code is shifted.
constexpr unsigned kSizeAt = 58;

}  // namespace

struct DeflateReplay::Tables {
  PrefixCode code_lengths, literals, distances;
  std::array<uint8_t, kMostSymbols + 32> lengths;  // of the codes of literals, then of distances
  std::array<uint16_t, kMostSymbols> literal_codes;
  std::array<uint64_t, kLiterals> sized_codes;  // of each byte, with its size from kSizeAt on
  bool fixed = false;                           // the codes are those of fixed blocks
};

class DeflateReplay::Run {
 public:
  Run(Bytes packed, Bytes plain, Tables& tables)
      : packed_(packed), plain_(plain), tables_(tables) {}

  bool Whole() {
    for (bool final = false; !final;) {
      if (!Has(3)) return false;
      const uint64_t header = Window(at_.bit);
      final = (header & 1) != 0;
      at_.bit += 3;
      if (!Block(header >> 1 & 3)) return false;
    }
    return at_.done == plain_.size() && (at_.bit + 7) / 8 == packed_.size();
  }

 private:
  static constexpr uint64_t kNoCode = kWindowBits + 1;  // bits: more than any window holds
  struct Place {
    uint64_t bit = 0;  // in packed_
    size_t done = 0;   // bytes of plain_
  };
  static constexpr size_t kBatch = 6;                             // literals compared at once
  static constexpr unsigned kRow = 8;                             // literals
  static constexpr size_t kFarPacked = 24, kFarPlain = 258 + 16;  // bytes
  enum class Next : uint8_t { kGoOn, kEnd, kWrong };

  bool Has(uint64_t bit, uint64_t bits) const { return bits <= uint64_t{packed_.size()} * 8 - bit; }
  bool Has(uint64_t bits) const { return Has(at_.bit, bits); }

  // The next kWindowBits bits or more; zeros behind the end.
  uint64_t Window(uint64_t bit) const {
    const size_t at = bit / 8;
    uint64_t word = 0;
    if (packed_.size() - at >= 8) {
      word = Load(packed_, at);
    } else {
      for (size_t i = at; i < packed_.size(); ++i) {
        word |= std::to_integer<uint64_t>(packed_[i]) << 8 * (i - at);
      }
    }
    return word >> bit % 8;
  }

  bool Block(uint64_t type) {
    switch (type) {
      case 0:
        return Stored();
      case 1:
        return FixedCodes() && Symbols();
      case 2:
        return DynamicCodes() && Symbols();
      default:
        return false;
    }
  }

  bool Stored() {
    at_.bit = (at_.bit + 7) / 8 * 8;
    if (!Has(32)) return false;
    const uint64_t sizes = Window(at_.bit);
    const size_t size = sizes & 0xFFFF;
    if ((sizes >> 16 & 0xFFFF) != (size ^ 0xFFFF)) return false;
    at_.bit += 32;
    if (!Has(8 * size) || size > plain_.size() - at_.done) return false;
    if (!SameBytes(packed_.subspan(at_.bit / 8, size), plain_.subspan(at_.done, size)))
      return false;
    at_.bit += 8 * size;
    at_.done += size;
    return true;
  }

  bool FixedCodes() {
    if (tables_.fixed) return true;
    auto& lengths = tables_.lengths;
    std::fill_n(lengths.begin(), 144, uint8_t{8});
    std::fill_n(lengths.begin() + 144, 112, uint8_t{9});
    std::fill_n(lengths.begin() + 256, 24, uint8_t{7});
    std::fill_n(lengths.begin() + 280, 8, uint8_t{8});
    std::fill_n(lengths.begin() + 288, 32, uint8_t{5});
    return tables_.fixed = UseCodes(288, 32);
  }

  bool DynamicCodes() {
    if (!Has(14)) return false;
    const uint64_t counts = Window(at_.bit);
    at_.bit += 14;
    const auto literals = static_cast<unsigned>(counts & 31) + 257;
    const auto distances = static_cast<unsigned>(counts >> 5 & 31) + 1;
    const auto code_lengths = static_cast<unsigned>(counts >> 10 & 15) + 4;
    if (literals > kLiteralsAndLengths.size() || distances > kDistances.size()) return false;
    if (!Has(3 * code_lengths)) return false;
    std::array<uint8_t, 19> lengths{};
    for (unsigned i = 0; i < code_lengths; ++i, at_.bit += 3) {
      lengths[kCodeLengthOrder[i]] = Window(at_.bit) & 7;
    }
    std::array<uint16_t, 19> codes;
    if (!AssignCodes(lengths, codes)) return false;
    tables_.fixed = false;
    tables_.code_lengths.Build(lengths, codes, kCodeLengths);
    return CodeLengths(literals + distances) && UseCodes(literals, distances);
  }

  // Reads `total` code lengths, packed as 3.2.7 has it.
  bool CodeLengths(unsigned total) {
    auto& lengths = tables_.lengths;
    for (unsigned i = 0; i < total;) {
      const uint64_t window = Window(at_.bit);
      const PrefixCode::Found found = tables_.code_lengths.Decode(window);
      if (found.bits == 0 || !Has(found.bits)) return false;
      at_.bit += found.bits;
      const unsigned symbol = found.value;
      if (symbol < 16) {
        lengths[i++] = static_cast<uint8_t>(symbol);
        continue;
      }
      if (symbol == 16 && i == 0) return false;
      const auto extra = static_cast<unsigned>(found.WithExtra(window)) - symbol;
      const unsigned repeat = extra + (symbol == 18 ? 11 : 3);
      if (repeat > total - i) return false;
      const uint8_t length = symbol == 16 ? lengths[i - 1] : 0;
      std::fill_n(lengths.begin() + i, repeat, length);
      i += repeat;
    }
    return lengths[kEndOfBlock] != 0;
  }

  bool UseCodes(unsigned literals, unsigned distances) {
    const std::span<const uint8_t> lengths(tables_.lengths);
    const auto literal_lengths = lengths.first(literals);
    const auto distance_lengths = lengths.subspan(literals, distances);
    const auto literal_codes = std::span(tables_.literal_codes).first(literals);
    std::array<uint16_t, 32> codes;
    const auto distance_codes = std::span(codes).first(distances);
    if (!AssignCodes(literal_lengths, literal_codes)) return false;
    if (!AssignCodes(distance_lengths, distance_codes)) return false;
    tables_.literals.Build(literal_lengths, literal_codes, kLiteralsAndLengths);
    tables_.distances.Build(distance_lengths, distance_codes, kDistances);
    for (unsigned byte = 0; byte < kLiterals; ++byte) {
      const uint64_t bits = lengths[byte];
      tables_.sized_codes[byte] = bits == 0 ? kNoCode << kSizeAt  // its code is of another block
                                            : bits << kSizeAt | tables_.literal_codes[byte];
    }
    return true;
  }

  bool Symbols() {
    Place at = at_;  // of our own: it stays in registers
    Next next = Next::kGoOn;
    while (next == Next::kGoOn) {
      Literals(at);
      next = SymbolsFarFromEnds(at);
      if (next == Next::kGoOn) next = Symbol(at);
    }
    at_ = at;
    return next == Next::kEnd;
  }

#ifdef __x86_64__
  // The same code twice, once a quarter quicker: shifts by a variable are one operation of BMI2,
  // and three without on many processors.
  void Literals(Place& at) const {
    has_bmi2_ ? LiteralsWithBmi2(at) : LiteralsInBatches(at);
  }
  [[gnu::target("bmi2")]] void LiteralsWithBmi2(Place& at) const {
    LiteralsInBatches(at);
  }
  const bool has_bmi2_ = __builtin_cpu_supports("bmi2") != 0;
#else
  void Literals(Place& at) const {
    LiteralsInBatches(at);
  }
#endif

  // Compares literals in batches while the stream has those of the bytes that should come.
  [[gnu::always_inline]] void LiteralsInBatches(Place& place) const {
    const std::byte *const packed = packed_.data(), *const plain = plain_.data();
    const uint64_t* const sized_codes = tables_.sized_codes.data();
    Place at = place;  // of our own: it stays in registers
    for (size_t sure = SureBatches(at); sure > 0; sure = SureBatches(at)) {
      for (; sure > 0; --sure) {
        const uint64_t window = Load(packed + at.bit / 8) >> at.bit % 8;
        const uint64_t bytes = Load(plain + at.done);
        uint64_t codes = 0, bits = 0;
        for (size_t i = 0; i < kBatch; ++i) {
          const uint64_t sized = sized_codes[bytes >> 8 * i & 0xFF];
          codes |= sized << (bits & 63);
          bits += sized >> kSizeAt;
        }
        if (bits > kWindowBits || (codes ^ window) << (64 - bits) != 0) {
          place = at;
          return;
        }
        at.done += kBatch;
        at.bit += bits;
      }
    }
    place = at;
  }

  // For how many batches of literals both sides have eight bytes, however long their codes are.
  size_t SureBatches(const Place& at) const {
    const size_t plain = plain_.size() - at.done, packed = packed_.size() - at.bit / 8;
    if (plain < 8 || packed < 8) return 0;
    return std::min((plain - 8) / kBatch, (packed - 8) / 8) + 1;
  }

  // Decodes until the block ends, an end of the bytes is near, or enough literals stood in a row
  // that a batch of them is worth trying. Bounds are looked at once for up to three literals and a
  // match: 45 + 48 bits, 3 + 258 bytes.
  Next SymbolsFarFromEnds(Place& place) const {
    if (packed_.size() < kFarPacked || plain_.size() < kFarPlain) return Next::kGoOn;
    const Place last{(packed_.size() - kFarPacked) * 8, plain_.size() - kFarPlain};
    if (place.bit > last.bit) return Next::kGoOn;
    Place at = place;
    uint64_t window = Shifted(Load(packed_, at.bit / 8), at.bit % 8, Load(packed_, at.bit / 8 + 8));
    const PrefixCode& literals = tables_.literals;
    for (unsigned row = 0; row < kRow && at.bit <= last.bit && at.done <= last.done;) {
      PrefixCode::Found found = literals.DecodeShort(window);
      unsigned bits = 0, taken = 0;
      if (IsLiteral(found)) {
        if (!IsNext(found, at.done)) return Next::kWrong;
        taken = 1;
        bits = found.bits;
        found = literals.DecodeShort(window >> bits);
        if (IsLiteral(found)) {
          if (!IsNext(found, at.done + 1)) return Next::kWrong;
          taken = 2;
          bits += found.bits;
          found = literals.DecodeShort(window >> bits);
        }
      }
      window = Shifted(window, bits, Behind(at.bit));
      at.bit += bits;
      at.done += taken;
      if (IsEnd(found)) {
        if (found.bits == 0) found = literals.DecodeLonger(window);
        if (IsEnd(found)) break;  // or no code; Symbol() looks
      }
      if (IsLiteral(found)) {
        if (!IsNext(found, at.done)) return Next::kWrong;
        window = Shifted(window, found.bits, Behind(at.bit));
        at.bit += found.bits;
        at.done += 1;
        row += taken + 1;
        continue;
      }
      row = 0;
      const Copy copy = DecodeCopy(found, window);
      if (copy.bits == 0 || copy.distance > at.done || !RepeatsFarFromEnd(at.done, copy)) {
        return Next::kWrong;
      }
      window = Shifted(window, copy.bits, Behind(at.bit));
      at.bit += copy.bits;
      at.done += copy.length;
    }
    place = at;
    return Next::kGoOn;
  }

  // One symbol, wherever it stands.
  Next Symbol(Place& at) const {
    const uint64_t window = Window(at.bit);
    const PrefixCode::Found found = tables_.literals.Decode(window);
    if (found.bits == 0 || !Has(at.bit, found.bits)) return Next::kWrong;
    if (IsEnd(found)) {
      at.bit += found.bits;
      return Next::kEnd;
    }
    if (IsLiteral(found)) {
      if (at.done == plain_.size() || !IsNext(found, at.done)) return Next::kWrong;
      at.bit += found.bits;
      ++at.done;
      return Next::kGoOn;
    }
    const Copy copy = DecodeCopy(found, window);
    if (copy.bits == 0 || !Has(at.bit, copy.bits) || copy.distance > at.done ||
        copy.length > plain_.size() - at.done || !Repeats(at.done, copy)) {
      return Next::kWrong;
    }
    at.bit += copy.bits;
    at.done += copy.length;
    return Next::kGoOn;
  }

  static bool IsLiteral(PrefixCode::Found found) {
    return (found.value & kLiteral) != 0;
  }
  static bool IsEnd(PrefixCode::Found found) {
    return found.value == 0;
  }
  bool IsNext(PrefixCode::Found literal, size_t at) const {
    return static_cast<uint8_t>(literal.value) == std::to_integer<uint8_t>(plain_.data()[at]);
  }

  struct Copy {
    size_t length, distance;
    unsigned bits;  // of both, at most 15 + 5 + 15 + 13; 0: no distance
  };
  Copy DecodeCopy(PrefixCode::Found length, uint64_t window) const {
    const uint64_t behind_length = window >> length.bits;
    const PrefixCode::Found distance = tables_.distances.Decode(behind_length);
    const unsigned bits = distance.bits == 0 ? 0 : unsigned{length.bits} + distance.bits;
    return {length.WithExtra(window), distance.WithExtra(behind_length), bits};
  }

  // What a match repeats may be what it makes: that is plain_ too, byte by byte.
  bool Repeats(size_t done, const Copy& copy) const {
    return SameBytes(plain_.subspan(done - copy.distance, copy.length),
                     plain_.subspan(done, copy.length));
  }
  // The same where 16 bytes can be read: short copies, the most, are compared without a branch.
  bool RepeatsFarFromEnd(size_t done, const Copy& copy) const {
    static constexpr std::array<uint64_t, 4> kMask = {~uint64_t{0}, ~uint64_t{0}, 0, 0};
    if (copy.length > 16) return Repeats(done, copy);
    const Bytes mask = std::as_bytes(std::span(kMask));
    const size_t from = done - copy.distance;
    const uint64_t first = Load(plain_, from) ^ Load(plain_, done);
    const uint64_t second = Load(plain_, from + 8) ^ Load(plain_, done + 8);
    return ((first & Load(mask, 16 - copy.length)) | (second & Load(mask, 24 - copy.length))) == 0;
  }

  // Eight bytes that the caller knows to be there.
  static uint64_t Load(const std::byte* bytes) {
    uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  static uint64_t Load(Bytes bytes, size_t at) {
    return Load(bytes.data() + at);
  }
  // At least kWindowBits bits that stand 64 behind `bit`.
  uint64_t Behind(uint64_t bit) const {
    return Load(packed_, bit / 8 + 8) >> bit % 8;
  }
  // `window` without its first `bits`, at most kWindowBits, filled up with what is behind it.
  static uint64_t Shifted(uint64_t window, uint64_t bits, uint64_t behind) {
    return window >> bits | behind << 1 << (63 - bits);
  }

  const Bytes packed_, plain_;
  Tables& tables_;
  Place at_;
};

DeflateReplay::DeflateReplay() : tables_(std::make_unique<Tables>()) {}
DeflateReplay::~DeflateReplay() = default;

bool DeflateReplay::UnpacksTo(Bytes packed, Bytes plain) {
  return Run(packed, plain, *tables_).Whole();
}

}  // namespace weighlock
