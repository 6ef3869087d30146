// The opcodes of a stream, one after the other, without running them.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "pickle/opcodes.h"

namespace weighlock::pickle {

// Walks PickleGraph::source(), in which every opcode is known to be whole; of other bytes it ends
// at the first that is no opcode, or has not all of its argument.
class OpcodeWalk {
 public:
  explicit OpcodeWalk(Bytes bytes) : bytes_(bytes) {}

  uint32_t at() const { return at_; }        // of the opcode, in bytes
  uint64_t index() const { return index_; }  // of the opcode, from 0
  // Null at the end.
  const OpcodeInfo* op() const {
    return at_ < bytes_.size() ? FindOpcode(static_cast<uint8_t>(bytes_[at_])) : nullptr;
  }
  // Bytes of the opcode and its argument. Requires op().
  size_t size() const;

  void Next() {
    at_ += static_cast<uint32_t>(size());
    ++index_;
  }
  // On to the opcode at `target`; false where none begins there.
  bool Reach(uint32_t target) {
    while (at_ < target && op() != nullptr) Next();
    return at_ == target && op() != nullptr;
  }

 private:
  Bytes bytes_;
  uint32_t at_ = 0;
  uint64_t index_ = 0;
};

}  // namespace weighlock::pickle
