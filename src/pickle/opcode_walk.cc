// Arguments are passed over by their shapes in the table of opcodes.
#include "pickle/opcode_walk.h"

#include <algorithm>
#include <cstring>

namespace weighlock::pickle {

size_t OpcodeWalk::size() const {
  const ArgShape shape = ShapeOf(op()->arg);
  const Bytes rest = bytes_.subspan(at_);
  size_t size = size_t{1} + shape.fixed;
  if (shape.length > 0) {
    uint64_t length = 0;
    for (size_t i = std::min<size_t>(shape.length, rest.size() - 1); i > 0; --i) {
      length = length << 8 | static_cast<uint8_t>(rest[i]);
    }
    size += shape.length + static_cast<size_t>(std::min<uint64_t>(length, rest.size()));
  }
  for (uint8_t line = 0; line < shape.lines && size < rest.size(); ++line) {
    const void* end = std::memchr(rest.data() + size, '\n', rest.size() - size);
    if (end == nullptr) return rest.size();
    size = static_cast<size_t>(static_cast<const std::byte*>(end) - rest.data()) + 1;
  }
  return std::min(size, rest.size());
}

}  // namespace weighlock::pickle
