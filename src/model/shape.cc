// Shapes: element counts that cannot wrap, and how a shape is printed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/checked.h"
#include "weighlock/model.h"

namespace weighlock {

std::string ShapeText(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::optional<uint64_t> ElementCount(const Shape& shape) {
  uint64_t count = 1;
  for (const uint64_t size : shape) {
    const auto product = CheckedMul(count, size);
    if (!product) return std::nullopt;
    count = *product;
  }
  return count;
}

}  // namespace weighlock
