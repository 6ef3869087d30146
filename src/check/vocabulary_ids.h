// How many tokens a vocabulary has, and the numbers of a few of them, without parsing all of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace weighlock {

struct VocabularyIds {
  uint64_t size = 0;                                // tokens
  std::map<std::string, uint64_t, std::less<>> of;  // those asked for, and added ones
};

// Of a tokenizer.json: its model's vocabulary, and the added tokens that are not in that. Takes any
// text; what cannot be understood is not there. One walk along the text.
VocabularyIds IdsOfTokenizerJson(std::string_view text,
                                 const std::set<std::string, std::less<>>& asked);

// Of a vocabulary file by its name: lines of vocab.txt, keys of a .json, pieces of sentencepiece.
// Nothing where the name tells none of these.
std::optional<uint64_t> SizeOfVocabulary(std::string_view name, Bytes content);

}  // namespace weighlock
