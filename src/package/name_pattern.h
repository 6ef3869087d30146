// Shell patterns of names and paths ("*.pt", "code/*"), read once and matched often.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weighlock {

// "*" stands for any characters, "/" among them; "?", "[a-z]" and "\" are as in a shell.
class NamePattern {
 public:
  explicit NamePattern(std::string_view pattern);

  // Whether it matches all of `text`.
  bool Fits(std::string_view text) const;

  // Whether it matches the path or, if it has no "/" itself, the path's last component.
  bool Matches(std::string_view path) const;

  bool has_slash() const { return has_slash_; }

 private:
  std::string pattern_;
  // What stands before, between and behind the stars; empty if there are other wildcards, which are
  // left to fnmatch: it is slow to say no.
  std::vector<std::string> pieces_;
  bool has_slash_;
};

}  // namespace weighlock
