// One walk along the text, which knows strings and brackets and nothing more of JSON.
#include "check/tokenizer_skim.h"

#include <algorithm>

namespace weighlock {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

// Copies, and leaves out.
class Skimmer {
 public:
  explicit Skimmer(std::string_view whole) : whole_(whole) {}

  Skimmed Run() {
    const size_t top = SkipSpaces(whole_, 0);
    ForEachMember(whole_, top, [&](std::string_view key, size_t value) {
      if (key != "model") return;
      ForEachMember(whole_, value, [&](std::string_view inner, size_t part) {
        if (inner == "vocab" || inner == "merges") Shorten(part, inner == "merges");
      });
    });
    Keep(whole_.size());
    return std::move(out_);
  }

 private:
  // Leaves out what is between the brackets at `offset`, or all but the first element.
  void Shorten(size_t offset, bool keep_first) {
    if (offset >= whole_.size() || (whole_[offset] != '{' && whole_[offset] != '[')) return;
    const size_t end = ValueEnd(whole_, offset);
    size_t from = offset + 1;
    if (keep_first && whole_[offset] == '[') {
      const size_t first = SkipSpaces(whole_, from);
      if (first < end && whole_[first] != ']') from = ValueEnd(whole_, first);
    }
    const size_t to = end - 1;
    if (end == whole_.size() || from >= to) return;  // cut off, or nothing to leave out
    Keep(from);
    out_.cuts.emplace_back(out_.text.size(), to - from);
    kept_ = to;
  }

  void Keep(size_t to) {
    out_.text += whole_.substr(kept_, to - kept_);
    kept_ = to;
  }

  std::string_view whole_;
  size_t kept_ = 0;  // of the whole, what is in `out_` or left out
  Skimmed out_;
};

}  // namespace

uint64_t Skimmed::OffsetInWhole(uint64_t offset) const {
  uint64_t removed = 0;
  for (const auto& [at, size] : cuts) {
    if (at <= offset) removed += size;
  }
  return offset + removed;
}

Skimmed SkimTokenizerJson(std::string_view whole) {
  return Skimmer(whole).Run();
}

size_t SkipSpaces(std::string_view text, size_t offset) {
  return std::min(text.find_first_not_of(kSpaces, offset), text.size());
}

size_t StringEnd(std::string_view text, size_t offset) {
  for (size_t i = offset + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

size_t ValueEnd(std::string_view text, size_t offset) {
  if (offset >= text.size()) return text.size();
  if (text[offset] == '"') return StringEnd(text, offset);
  if (text[offset] != '{' && text[offset] != '[') {
    return std::min(text.find_first_of(",]} \t\r\n", offset), text.size());
  }
  size_t depth = 0;
  for (size_t i = offset; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = StringEnd(text, i);
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return text.size();
}

LineColumn PlaceOf(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  return {static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          newline == std::string_view::npos ? before.size() : before.size() - newline - 1};
}

}  // namespace weighlock
