// Patterns of stars alone are cut into pieces and searched for; those with ? or [ go to fnmatch.
#include "package/name_pattern.h"

#include <fnmatch.h>

#include <span>

namespace weighlock {

NamePattern::NamePattern(std::string_view pattern)
    : pattern_(pattern), has_slash_(pattern.find('/') != pattern.npos) {
  if (pattern.find_first_of("?[\\") != pattern.npos) return;
  for (size_t star = pattern.find('*'); star != pattern.npos; star = pattern.find('*')) {
    pieces_.emplace_back(pattern.substr(0, star));
    pattern.remove_prefix(star + 1);
  }
  pieces_.emplace_back(pattern);
}

bool NamePattern::Fits(std::string_view text) const {
  if (pieces_.empty()) return ::fnmatch(pattern_.c_str(), std::string(text).c_str(), 0) == 0;
  const std::string& first = pieces_.front();
  if (pieces_.size() == 1) return text == first;
  const std::string& last = pieces_.back();
  if (!text.starts_with(first) || !text.ends_with(last)) return false;
  if (last.size() > text.size() - first.size()) return false;  // "ab*bc" does not match "abc"
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  for (const std::string& piece : std::span(pieces_).subspan(1, pieces_.size() - 2)) {
    const size_t at = text.find(piece);
    if (at == text.npos) return false;
    text.remove_prefix(at + piece.size());
  }
  return true;
}

bool NamePattern::Matches(std::string_view path) const {
  if (Fits(path)) return true;
  const size_t slash = path.rfind('/');
  return slash != path.npos && !has_slash_ && Fits(path.substr(slash + 1));
}

}  // namespace weighlock
