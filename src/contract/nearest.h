// The word that somebody probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

// The one of `words` with the fewest insertions, deletions, replacements and swaps of neighbours
// from `given`; empty where all are farther away than a third of its length, and than two. Only the
// first 64 bytes of `given` count. O(words x lengths).
std::string_view Nearest(std::string_view given, const std::vector<std::string_view>& words);

// The one of `words` that `given` is a slip of the hand for: one letter off, or two in a word of
// nine letters and more, or the same letters in another order. Words of fewer than five letters
// have too many neighbours. Empty: none. O(words x lengths).
std::string_view SlipOf(std::string_view given, const std::vector<std::string_view>& words);

}  // namespace weighlock
