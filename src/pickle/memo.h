// The memo: values by index, as CPython's unpickler keeps them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "pickle/values.h"

namespace weighlock::pickle {

class Memo {
 public:
  // kNoValue where the slot is empty.
  ValueId Get(uint64_t index) const {
    if (index < dense_.size()) return dense_[index];
    const auto found = sparse_.find(index);
    return found == sparse_.end() ? kNoValue : found->second;
  }

  void Put(uint64_t index, ValueId value) {
    if (index >= dense_.size() && index - dense_.size() < kStep) Grow(index);
    ValueId& slot =
        index < dense_.size() ? dense_[index] : sparse_.try_emplace(index, kNoValue).first->second;
    if (slot == kNoValue) ++filled_;
    slot = value;
  }

  // MEMOIZE writes to the slot whose index is the number of filled slots, not behind the last one:
  // after a sparse PUT the two differ, and scanners that counted otherwise were fooled.
  uint64_t filled() const { return filled_; }

 private:
  // An index far beyond the others is kept aside, so that one opcode cannot claim gigabytes.
  static constexpr uint64_t kStep = 4096;

  void Grow(uint64_t index) {
    while (dense_.size() <= index) {
      ValueId value = kNoValue;
      if (!sparse_.empty()) {
        if (const auto found = sparse_.find(dense_.size()); found != sparse_.end()) {
          value = found->second;
          sparse_.erase(found);
        }
      }
      dense_.push_back(value);
    }
  }

  std::vector<ValueId> dense_;
  std::unordered_map<uint64_t, ValueId> sparse_;
  uint64_t filled_ = 0;
};

}  // namespace weighlock::pickle
