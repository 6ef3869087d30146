// Small floats by their sign, exponent and mantissa; the rest as the machine has them.
#include "diff/element_values.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/bytes.h"

namespace weighlock {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
T Load(const std::byte* at) {
  return LoadLe<T>(Bytes(at, sizeof(T)));
}

template <class T>
double Integer(const std::byte* at) {
  return static_cast<double>(Load<T>(at));
}

template <class Float, class Word>
double Native(const std::byte* at) {
  return static_cast<double>(std::bit_cast<Float>(Load<Word>(at)));
}

// The top half of a float32.
double BFloat16(const std::byte* at) {
  return std::bit_cast<float>(static_cast<uint32_t>(Load<uint16_t>(at)) << 16);
}

// What the highest exponent and the lone sign bit stand for.
enum class Specials : uint8_t {
  kIeee,  // infinities and NaNs
  kFn,    // one NaN, all bits set; no infinity
  kFnuz,  // one NaN, the sign bit alone; no infinity, no negative zero
};

template <int exponent_bits, int mantissa_bits, int bias, Specials specials>
double Small(unsigned bits) {
  constexpr unsigned kMantissaMask = (1u << mantissa_bits) - 1;
  constexpr unsigned kExponentMask = (1u << exponent_bits) - 1;
  const unsigned mantissa = bits & kMantissaMask;
  const unsigned exponent = bits >> mantissa_bits & kExponentMask;
  const bool negative = (bits >> (mantissa_bits + exponent_bits) & 1) != 0;
  if (specials == Specials::kFnuz && negative && exponent == 0 && mantissa == 0) return kNaN;
  if (specials == Specials::kIeee && exponent == kExponentMask) {
    return mantissa != 0 ? kNaN : negative ? -kInfinity : kInfinity;
  }
  if (specials == Specials::kFn && exponent == kExponentMask && mantissa == kMantissaMask) {
    return kNaN;
  }
  const int scale = (exponent == 0 ? 1 : static_cast<int>(exponent)) - bias - mantissa_bits;
  const unsigned significand = exponent == 0 ? mantissa : mantissa | (kMantissaMask + 1);
  const double magnitude = std::ldexp(static_cast<double>(significand), scale);
  return negative ? -magnitude : magnitude;
}

template <class Word, int exponent_bits, int mantissa_bits, int bias, Specials specials>
double SmallFloat(const std::byte* at) {
  return Small<exponent_bits, mantissa_bits, bias, specials>(Load<Word>(at));
}

// A power of two: the exponent alone, all bits set for NaN.
double E8M0(const std::byte* at) {
  const auto bits = Load<uint8_t>(at);
  return bits == 0xFF ? kNaN : std::ldexp(1.0, bits - 127);
}

constexpr auto kHalf = SmallFloat<uint16_t, 5, 10, 15, Specials::kIeee>;

}  // namespace

ElementValues ValuesOf(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kU8:
      return {1, 1, Integer<uint8_t>};
    case DType::kI8:
      return {1, 1, Integer<int8_t>};
    case DType::kI16:
      return {2, 1, Integer<int16_t>};
    case DType::kU16:
      return {2, 1, Integer<uint16_t>};
    case DType::kI32:
      return {4, 1, Integer<int32_t>};
    case DType::kU32:
      return {4, 1, Integer<uint32_t>};
    case DType::kI64:
      return {8, 1, Integer<int64_t>};
    case DType::kU64:
      return {8, 1, Integer<uint64_t>};
    case DType::kF8E5M2:
      return {1, 1, SmallFloat<uint8_t, 5, 2, 15, Specials::kIeee>};
    case DType::kF8E4M3:
      return {1, 1, SmallFloat<uint8_t, 4, 3, 7, Specials::kFn>};
    case DType::kF8E5M2Fnuz:
      return {1, 1, SmallFloat<uint8_t, 5, 2, 16, Specials::kFnuz>};
    case DType::kF8E4M3Fnuz:
      return {1, 1, SmallFloat<uint8_t, 4, 3, 8, Specials::kFnuz>};
    case DType::kF8E8M0:
      return {1, 1, E8M0};
    case DType::kF16:
      return {2, 1, kHalf};
    case DType::kBF16:
      return {2, 1, BFloat16};
    case DType::kF32:
      return {4, 1, Native<float, uint32_t>};
    case DType::kF64:
      return {8, 1, Native<double, uint64_t>};
    case DType::kC32:
      return {2, 2, kHalf};
    case DType::kC64:
      return {4, 2, Native<float, uint32_t>};
    case DType::kC128:
      return {8, 2, Native<double, uint64_t>};
    default:
      return {};
  }
}

}  // namespace weighlock
