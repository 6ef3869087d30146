// Offset, shape and strides are counted without overflow before any of them is believed.
#include "format/torch/tensor_placement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace weighlock::torch {
namespace {

bool IsContiguous(const Shape& shape, const std::vector<int64_t>& strides) {
  uint64_t expected = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    if (static_cast<uint64_t>(strides[i]) != expected) return false;
    expected *= shape[i];
  }
  return true;
}

Error Wrong(std::string what) {
  return Error(Code::kMalformed, std::move(what));
}

// Index of the last element that the tensor touches, proven to lie among the `count` elements of
// its storage. Requires that no size is 0.
Result<uint64_t> LastElement(const TensorGeometry& geometry, uint64_t count) {
  std::optional<uint64_t> last = geometry.first;
  for (size_t i = 0; i < geometry.shape.size() && last; ++i) {
    const auto reach =
        CheckedMul(geometry.shape[i] - 1, static_cast<uint64_t>(geometry.strides[i]));
    last = reach ? CheckedAdd(*last, *reach) : std::nullopt;
  }
  if (last && *last < count) return *last;
  return Wrong(
      fmt::format("makes a tensor {} from element {} of a storage of {} elements: it does "
                  "not fit",
                  ShapeText(geometry.shape), geometry.first, count));
}

}  // namespace

Result<Tensor> PlaceInStorage(const Storage& storage, const StorageView& view, DType dtype,
                              const TensorGeometry& geometry) {
  const auto& [shape, strides, first] = geometry;
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = shape;
  tensor.storage = view.storage;
  tensor.is_held = storage.is_held;
  if (std::any_of(strides.begin(), strides.end(), [](int64_t stride) { return stride < 0; })) {
    return Wrong("wants its strides as non-negative integers");
  }
  const auto elements = ElementCount(shape);
  if (!elements) {
    return Wrong(fmt::format("makes a tensor {} of too many elements", ShapeText(shape)));
  }
  const uint64_t item = StorageItemBytes(dtype);
  // Elements of the tensor's type that the view holds; v3 counts them over untyped bytes.
  const uint64_t held = storage.dtype ? view.count : view.count / item;
  const uint64_t base = view.first * StorageItemBytes(storage.dtype);
  const uint64_t packed_bits = Info(dtype).bits;
  const bool contiguous = IsContiguous(shape, strides);
  uint64_t begin = 0;
  if (*elements > 0) {
    if (packed_bits < 8 && dtype != DType::kF4) {
      // Several elements in a byte: only whole storages are laid out in one known way.
      const uint64_t per_byte = 8 / packed_bits;
      const uint64_t bytes = *elements / per_byte + (*elements % per_byte != 0 ? 1 : 0);
      if (!contiguous || first != 0 || bytes > held) {
        return Wrong(
            fmt::format("makes a packed tensor {} that its storage of {} bytes does not "
                        "hold as a whole",
                        ShapeText(shape), held));
      }
      tensor.data.size = bytes;
    } else {
      WL_TRY(const uint64_t last, LastElement(geometry, held));
      begin = first * item;
      tensor.data.size = (last - first + 1) * item;
    }
    if (!contiguous) tensor.strides = strides;
  } else if (first > held) {
    return Wrong(fmt::format("starts at element {} of {}", first, held));
  } else {
    begin = first * item;
  }
  tensor.data.offset = storage.offset == kNoOffset ? kNoOffset : storage.offset + base + begin;
  if (dtype == DType::kF4) {
    // torch counts bytes of two values each, we count values.
    if (shape.empty() || tensor.strides || shape.back() > UINT64_MAX / 2) {
      return Wrong("wants 4-bit values contiguous, along a dimension");
    }
    tensor.shape.back() *= 2;
  }
  return tensor;
}

}  // namespace weighlock::torch
