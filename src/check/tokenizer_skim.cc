// One walk along the text, which knows strings and brackets and little more of JSON.
#include "check/tokenizer_skim.h"

#include <algorithm>

#include "json/json_edit.h"

namespace weighlock {
namespace {

size_t SkipSpaces(std::string_view text, size_t offset) {
  return std::min(text.find_first_not_of(" \t\r\n", offset), text.size());
}

// Copies, and leaves out.
class Skimmer {
 public:
  explicit Skimmer(std::string_view whole) : whole_(whole), words_(whole) {
    out_.whole = whole;
    out_.places = LinePlaces(whole);
  }

  Skimmed Run() {
    JsonSpanWalk members(whole_, SkipSpaces(whole_, 0));
    while (members.Next()) {
      if (members.name() == "model" && whole_[members.begin()] == '{') {
        members.EndsAt(Model(members.begin()));
      }
      out_.members.insert_or_assign(members.name(), SpanOf(members));
    }
    Keep(whole_.size());
    out_.words = words_.Take();
    return std::move(out_);
  }

 private:
  static JsonSpan SpanOf(JsonSpanWalk& walk) { return {walk.name(), walk.begin(), walk.End()}; }

  // Where the model that begins at `begin` ends.
  size_t Model(size_t begin) {
    JsonSpanWalk parts(whole_, begin);
    while (parts.Next()) {
      const char first = whole_[parts.begin()];
      const bool is_vocab = parts.name() == "vocab", is_merges = parts.name() == "merges";
      if (is_vocab && first == '{') parts.EndsAt(words_.Vocabulary(parts.begin()));
      if (is_merges && first == '[') parts.EndsAt(words_.Merges(parts.begin()));
      if (parts.name() == "type") words_.IsOf(parts.Value());
      if (parts.name() == "continuing_subword_prefix") words_.HasPrefix(parts.Value());
      if (is_vocab || is_merges) Shorten(SpanOf(parts), is_merges);
    }
    return parts.Behind();
  }

  // Leaves out what is between the brackets of a part, or all but its first element.
  void Shorten(const JsonSpan& part, bool keep_first) {
    if (whole_[part.begin] != '{' && whole_[part.begin] != '[') return;
    size_t from = part.begin + 1;
    if (keep_first && whole_[part.begin] == '[') {
      const size_t first = SkipSpaces(whole_, from);
      if (first < part.end && whole_[first] != ']') from = JsonValueEnd(whole_, first);
    }
    const size_t to = part.end - 1;
    if (part.end == whole_.size() || from >= to) return;  // cut off, or nothing to leave out
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
  TokenizerWordsReader words_;
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

uint64_t Skimmed::EndInWhole(uint64_t offset) const {
  const size_t end = JsonValueEnd(text, static_cast<size_t>(offset));
  // What ends where something was left out ends before that.
  return end == 0 ? 0 : OffsetInWhole(end - 1) + 1;
}

uint64_t Skimmed::End() const {
  return EndInWhole(SkipSpaces(text, 0));
}

Skimmed SkimTokenizerJson(std::string_view whole) {
  return Skimmer(whole).Run();
}

}  // namespace weighlock
