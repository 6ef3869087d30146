// What stands in a tokenizer.json, in the words of compat/library_answers.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "weighlock/limits.h"
#include "weighlock/result.h"

namespace weighlock {

// Something in the file that not every release of tokenizers reads.
struct TokenizerFeature {
  std::string name;      // "decoder.Metaspace without add_prefix_space"
  std::string fallback;  // the name to ask for where that one is not known; may be empty
  std::string pointer;   // "/decoder"
  // Where a reader that refuses it stops: the end of the member at the top that holds it.
  size_t line = 0, column = 0;
  // Of a merge: its number, or the token that is not in the vocabulary. The end of the file, or
  // another place where other readers stop.
  size_t number = 0, last_line = 0, last_column = 0;
  // Of a value of another type: what serde says, and what it said of a whole number with a point.
  std::string token, older_token;
};

// The case of a normalizer that lowers its text, or leaves it: tokenizer_config.json may disagree.
inline constexpr std::string_view kLowercases = "normalizer.lowercase true";
inline constexpr std::string_view kKeepsCase = "normalizer.lowercase false";
// What a template of the post-processor puts around a text, "<s> A </s>"; none without a template.
inline constexpr std::string_view kAround = "post_processor around: ";
// A token that stands nowhere in the file, of those that Llama's class takes for granted.
inline constexpr std::string_view kLacks = "lacks the token ";
// The last word of a vocabulary that is an object; its number stands in `number`.
inline constexpr std::string_view kLastWord = "last word";

// In the order of the file. `whole` is the file's text. kMalformed: it is no JSON, or no object.
Result<std::vector<TokenizerFeature>> TokenizerFeatures(std::string_view whole,
                                                        const Limits& limits);

}  // namespace weighlock
