// Optimal string alignment distance, row by row.
#include "contract/nearest.h"

#include <algorithm>

namespace weighlock {
namespace {

size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view given, const std::vector<std::string_view>& words) {
  given = given.substr(0, 64);
  std::string_view nearest;
  size_t least = std::max<size_t>(2, given.size() / 3) + 1;
  for (const std::string_view word : words) {
    const size_t distance = Distance(given, word.substr(0, 64));
    if (distance >= least) continue;
    least = distance;
    nearest = word;
  }
  return nearest;
}

std::string_view SlipOf(std::string_view given, const std::vector<std::string_view>& words) {
  constexpr size_t kLeast = 5, kLong = 9;
  for (const std::string_view word : words) {
    const size_t longer = std::max(word.size(), given.size());
    if (word.size() < kLeast || given.size() + 2 < word.size() || given.size() > word.size() + 2) {
      continue;
    }
    const size_t most = word.size() >= kLong ? 2 : 1;
    const bool shuffled =
        word.size() == given.size() && std::is_permutation(word.begin(), word.end(), given.begin());
    if (given != word && longer <= 64 && (shuffled || Distance(given, word) <= most)) return word;
  }
  return {};
}

}  // namespace weighlock
