// One walk along the text, which knows strings and brackets and nothing more of JSON.
#include "check/tokenizer_skim.h"

#include <algorithm>
#include <charconv>

#include "json/json_edit.h"

namespace weighlock {
namespace {

size_t SkipSpaces(std::string_view text, size_t offset) {
  return std::min(text.find_first_not_of(" \t\r\n", offset), text.size());
}

// Copies, and leaves out.
class Skimmer {
 public:
  explicit Skimmer(std::string_view whole) : whole_(whole) {}

  Skimmed Run() {
    ForEachJsonSpan(whole_, SkipSpaces(whole_, 0), [&](const JsonSpan& member) {
      out_.ends[std::string(member.name)] = member.end;
      if (member.name != "model") return true;
      ForEachJsonSpan(whole_, member.begin, [&](const JsonSpan& part) {
        if (part.name == "vocab" || part.name == "merges") Shorten(part, part.name == "merges");
        return true;
      });
      return true;
    });
    Keep(whole_.size());
    return std::move(out_);
  }

 private:
  // Leaves out what is between the brackets of a part, or all but its first element.
  void Shorten(const JsonSpan& part, bool keep_first) {
    if (whole_[part.begin] != '{' && whole_[part.begin] != '[') return;
    size_t from = part.begin + 1;
    if (keep_first && whole_[part.begin] == '[') {
      const size_t first = SkipSpaces(whole_, from);
      if (first < part.end && whole_[first] != ']') from = JsonValueEnd(whole_, first);
    }
    const size_t to = part.end - 1;
    if (part.name == "vocab" && whole_[part.begin] == '{') ReadLastNumber(part.begin, to);
    if (part.end == whole_.size() || from >= to) return;  // cut off, or nothing to leave out
    Keep(from);
    out_.cuts.emplace_back(out_.text.size(), to - from);
    kept_ = to;
  }

  // The digits before the bracket at `close`.
  void ReadLastNumber(size_t open, size_t close) {
    size_t end = close, begin = 0;
    while (end > open &&
           std::string_view(" \t\r\n").find(whole_[end - 1]) != std::string_view::npos) {
      --end;
    }
    begin = end;
    while (begin > open && whole_[begin - 1] >= '0' && whole_[begin - 1] <= '9') --begin;
    uint64_t number = 0;
    const char* last = whole_.data() + end;
    const auto parsed = std::from_chars(whole_.data() + begin, last, number);
    if (parsed.ec == std::errc() && parsed.ptr == last) out_.last_number = number;
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

LineColumn PlaceOf(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  return {static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          newline == std::string_view::npos ? before.size() : before.size() - newline - 1};
}

}  // namespace weighlock
