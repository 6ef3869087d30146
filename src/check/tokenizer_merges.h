// The merges of a tokenizer.json, of which each must join two tokens of its vocabulary to a third.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weighlock {

struct MergeFault {
  enum class Kind { kNoPair, kUnknownToken, kOtherType };
  Kind kind;
  std::string token;  // that the vocabulary lacks
  size_t number = 0;  // of the merge, from 1
};

// The first fault that the tokenizers library meets in the model of `whole`, the file's text;
// empty: none, or no model of merges. Linear; memory as of the vocabulary.
std::optional<MergeFault> FirstMergeFault(std::string_view whole);

}  // namespace weighlock
