// Both sides are read in blocks of as many elements; elements become doubles only where their bytes
// are not the same.
#include "diff/tensor_values.h"

#include <algorithm>
#include <cmath>

#include "diff/element_values.h"

namespace weighlock {
namespace {

constexpr uint64_t kBlockElements = uint64_t{128} << 10;

class Comparison {
 public:
  Comparison(const TensorSide& a, const TensorSide& b)
      : a_(a), b_(b), values_a_(ValuesOf(a.tensor->dtype)), values_b_(ValuesOf(b.tensor->dtype)) {}

  Result<std::optional<ValueDistance>> Run() {
    const bool same_dtype = a_.tensor->dtype == b_.tensor->dtype;
    const bool numbers = values_a_.value != nullptr && values_b_.value != nullptr &&
                         values_a_.parts == values_b_.parts;
    if (!same_dtype && !numbers) return std::optional<ValueDistance>();
    const uint64_t parts = ElementCount(a_.tensor->shape).value_or(0) * values_a_.parts;
    distance_.elements = parts;
    if (!numbers) return Packed();
    ByteVector block_a, block_b;
    for (uint64_t done = 0; done < parts;) {
      const uint64_t count = std::min(kBlockElements, parts - done);
      WL_CHECKED(Read(a_, done * values_a_.bytes, count * values_a_.bytes, block_a));
      WL_CHECKED(Read(b_, done * values_b_.bytes, count * values_b_.bytes, block_b));
      if (!same_dtype || !SameBytes(block_a, block_b)) Compare(block_a, block_b, count, same_dtype);
      done += count;
    }
    return std::optional<ValueDistance>(distance_);
  }

 private:
  static Status Read(const TensorSide& side, uint64_t offset, uint64_t size, ByteVector& block) {
    block.resize(static_cast<size_t>(size));
    return side.file->ReadAt(side.tensor->data.offset + offset, block).In(side.file->name());
  }

  // Types without numbers: bytes that differ count.
  Result<std::optional<ValueDistance>> Packed() {
    ByteVector block_a, block_b;
    const uint64_t size = std::min(a_.tensor->data.size, b_.tensor->data.size);
    for (uint64_t done = 0; done < size;) {
      const uint64_t count = std::min(kBlockElements, size - done);
      WL_CHECKED(Read(a_, done, count, block_a));
      WL_CHECKED(Read(b_, done, count, block_b));
      for (size_t i = 0; i < count; ++i) distance_.different += block_a[i] != block_b[i];
      done += count;
    }
    return std::optional<ValueDistance>(distance_);
  }

  void Compare(Bytes a, Bytes b, uint64_t count, bool same_dtype) {
    const size_t width_a = values_a_.bytes, width_b = values_b_.bytes;
    for (size_t i = 0; i < count; ++i) {
      const std::byte* at_a = a.data() + i * width_a;
      const std::byte* at_b = b.data() + i * width_b;
      if (same_dtype && std::equal(at_a, at_a + width_a, at_b)) {
        continue;
      }
      const double x = values_a_.value(at_a), y = values_b_.value(at_b);
      if (!same_dtype && (x == y || (std::isnan(x) && std::isnan(y)))) {
        continue;
      }
      ++distance_.different;
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      const double apart = std::abs(x - y), most = std::max(std::abs(x), std::abs(y));
      distance_.max_absolute = std::max(distance_.max_absolute.value_or(0), apart);
      distance_.max_relative =
          std::max(distance_.max_relative.value_or(0), most > 0 ? apart / most : 0);
    }
  }

  TensorSide a_, b_;
  ElementValues values_a_, values_b_;
  ValueDistance distance_;
};

}  // namespace

Result<std::optional<ValueDistance>> CompareValues(const TensorSide& a, const TensorSide& b) {
  return Comparison(a, b).Run();
}

}  // namespace weighlock
