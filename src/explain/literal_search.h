// Many literals looked for at once (Aho and Corasick, 1975).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

class LiteralSearch {
 public:
  // Literals of a-z and 0-9, none of them empty, each different.
  explicit LiteralSearch(const std::vector<std::string>& literals);

  // Calls `found` with each literal that stands in `letters`, and where it ends, in the order of
  // their ends. O(letters + what is found).
  void Run(std::string_view letters,
           const std::function<void(size_t literal, size_t end)>& found) const;

 private:
  static constexpr size_t kAlphabet = 36;
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Node {
    std::array<uint32_t, kAlphabet> next = {};  // 0, the root: no such way
    uint32_t literal = kNone;                   // the one that ends here
    uint32_t shorter = 0;  // the longest proper suffix at which one ends; 0: none
  };
  static size_t Symbol(char c) { return static_cast<size_t>(c >= 'a' ? c - 'a' : c - '0' + 26); }
  void Close();

  std::vector<Node> nodes_;
};

}  // namespace weighlock
