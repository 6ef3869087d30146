// Where bytes stand: the files and archives that they lie in, down to the member itself.
#pragma once

#include <string>
#include <vector>

#include "base/checked.h"
#include "weighlock/result.h"

namespace weighlock::scan {

struct Place {
  std::vector<std::string> chain;  // "model.tar.gz", "m/pytorch_model.bin", "archive/data.pkl"
  // Where its first byte lies in the outermost file; kNoOffset where it is packed there.
  uint64_t outer = kNoOffset;

  // A member whose first byte stands at `offset` of this; kNoOffset: it is packed in it.
  Place Inside(std::string name, uint64_t offset) const {
    Place inner = *this;
    inner.chain.push_back(std::move(name));
    inner.outer = OuterOf(offset);
    return inner;
  }

  // Where byte `offset` of this lies in the outermost file, or kNoOffset.
  uint64_t OuterOf(uint64_t offset) const {
    if (offset == kNoOffset || outer == kNoOffset) return kNoOffset;
    return CheckedAdd(outer, offset).value_or(kNoOffset);
  }

  size_t depth() const { return chain.size(); }

  // "model.tar.gz!m/pytorch_model.bin!archive/data.pkl", as it is spelt.
  std::string Text() const {
    std::string text;
    for (const std::string& part : chain) text += (text.empty() ? "" : "!") + part;
    return text;
  }
};

}  // namespace weighlock::scan
