// A tree of all literals, whose missing ways lead on to the longest suffix that is in it.
#include "explain/literal_search.h"

#include <deque>

namespace weighlock {

LiteralSearch::LiteralSearch(const std::vector<std::string>& literals) : nodes_(1) {
  for (size_t i = 0; i < literals.size(); ++i) {
    uint32_t at = 0;
    for (const char c : literals[i]) {
      const size_t symbol = Symbol(c);
      if (nodes_[at].next[symbol] == 0) {
        nodes_[at].next[symbol] = static_cast<uint32_t>(nodes_.size());
        nodes_.emplace_back();
      }
      at = nodes_[at].next[symbol];
    }
    nodes_[at].literal = static_cast<uint32_t>(i);
  }
  Close();
}

// In the order of depth, so that the suffix of a node is closed before it.
void LiteralSearch::Close() {
  std::vector<uint32_t> suffix(nodes_.size(), 0);
  std::deque<uint32_t> open;
  for (const uint32_t child : nodes_[0].next) {
    if (child != 0) open.push_back(child);
  }
  while (!open.empty()) {
    const uint32_t at = open.front();
    open.pop_front();
    const uint32_t back = suffix[at];
    nodes_[at].shorter = nodes_[back].literal != kNone ? back : nodes_[back].shorter;
    for (size_t symbol = 0; symbol < kAlphabet; ++symbol) {
      uint32_t& child = nodes_[at].next[symbol];
      const uint32_t onward = nodes_[back].next[symbol];
      if (child == 0) {
        child = onward;
      } else {
        suffix[child] = onward;
        open.push_back(child);
      }
    }
  }
}

void LiteralSearch::Run(std::string_view letters,
                        const std::function<void(size_t, size_t)>& found) const {
  uint32_t at = 0;
  for (size_t i = 0; i < letters.size(); ++i) {
    at = nodes_[at].next[Symbol(letters[i])];
    uint32_t end = nodes_[at].literal != kNone ? at : nodes_[at].shorter;
    for (; end != 0; end = nodes_[end].shorter) found(nodes_[end].literal, i + 1);
  }
}

}  // namespace weighlock
