// Spans of the text, and no tree of it. As they are saved, the vocabulary comes first, and each
// merge is looked up as it is met.
#include "check/tokenizer_words.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/find_byte.h"
#include "json/json.h"

namespace weighlock {
namespace {

bool IsText(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

bool IsId(std::string_view value) {
  constexpr std::string_view kMost = "4294967295";
  return !value.empty() &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (value.size() < kMost.size() || (value.size() == kMost.size() && value <= kMost));
}

}  // namespace

std::string_view FirstOddId(std::string_view text, size_t begin) {
  JsonSpanWalk walk(text, begin);
  while (walk.Next()) {
    if (!IsId(walk.Value())) return walk.Value();
  }
  return {};
}

TokenHashes::Hashed TokenHashes::Of(std::string_view text) {
  Hashed hashed;
  for (const char c : text) {
    hashed.hash = hashed.hash * kBase + static_cast<unsigned char>(c) + 1;
    hashed.power *= kBase;
  }
  return hashed;
}

// The high bits, which all bytes of a text have had their part in. Never 0.
uint32_t TokenHashes::Kept(const Hashed& token) {
  return static_cast<uint32_t>((token.hash * kBase) >> 32) | 1U << 31;
}

size_t TokenHashes::SlotOf(uint32_t hash) const {
  size_t at = hash & (slots_.size() - 1);
  while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & (slots_.size() - 1);
  return at;
}

void TokenHashes::Add(const Hashed& token) {
  if (2 * (count_ + 1) > slots_.size()) Grow();
  const uint32_t hash = Kept(token);
  count_ += std::exchange(slots_[SlotOf(hash)], hash) == 0;
}

bool TokenHashes::Contains(const Hashed& token) const {
  return !slots_.empty() && slots_[SlotOf(Kept(token))] != 0;
}

void TokenHashes::Grow() {
  const std::vector<uint32_t> old = std::move(slots_);
  slots_.assign(std::max<size_t>(4096, 4 * old.size()), 0);
  for (const uint32_t hash : old) {
    if (hash != 0) slots_[SlotOf(hash)] = hash;
  }
}

void TokenizerWordsReader::HasPrefix(std::string_view prefix) {
  is_prefixed_ = prefix != "null" && prefix != "\"\"";
}

size_t TokenizerWordsReader::Vocabulary(size_t begin) {
  vocabulary_ = begin;
  is_looked_up_ = false;
  tokens_ = TokenHashes();
  words_ = TokenizerWords();
  JsonSpanWalk walk(whole_, begin);
  std::string_view last;
  while (walk.Next()) {
    last = walk.Value();
    if (words_.odd_id.empty() && !IsId(last)) words_.odd_id = last;
    if (MayMerge()) tokens_.Add(TokenHashes::Of(Meant(walk.name(), 0)));
  }
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), number);
  if (error == std::errc() && end == last.data() + last.size()) words_.last_number = number;
  return walk.Behind();
}

size_t TokenizerWordsReader::Merges(size_t begin) {
  merges_ = begin;
  is_looked_up_ = false;
  if (!vocabulary_ || !MayMerge()) return JsonValueEnd(whole_, begin);
  JsonSpanWalk walk(whole_, begin);
  ReadMerges(walk);
  return walk.Behind();
}

TokenizerWords TokenizerWordsReader::Take() {
  if (!vocabulary_ || !merges_ || is_prefixed_ || type_ != "\"BPE\"") return words_;
  if (!is_looked_up_) {
    JsonSpanWalk walk(whole_, *merges_);
    ReadMerges(walk);
  }
  words_.merge_fault = other_type_ ? other_type_ : no_pair_ ? no_pair_ : unknown_;
  return words_;
}

// "a b" before 0.20, then ["a", "b"]; all of one form. That each is a pair is asked of all of them
// first: a value of another type is met before texts that are no pair, and those before what the
// vocabulary lacks.
void TokenizerWordsReader::ReadMerges(JsonSpanWalk& walk) {
  is_looked_up_ = true;
  lines_ = pairs_ = 0;
  other_type_ = no_pair_ = unknown_ = std::nullopt;
  bool is_pairs = false;
  for (size_t number = 1; walk.Next(); ++number) {
    const std::string_view merge = walk.Value();
    if (number == 1) is_pairs = merge.starts_with('[');
    const bool fits = is_pairs ? ReadPair({{}, walk.begin(), walk.End()}) : IsText(merge);
    if (!fits) {
      if (!other_type_) other_type_ = {MergeFault::Kind::kOtherType, "", number};
    } else if (!is_pairs) {
      ReadText(Meant(merge.substr(1, merge.size() - 2), 0));
    }
  }
}

bool TokenizerWordsReader::ReadPair(const JsonSpan& merge) {
  if (whole_[merge.begin] != '[') return false;
  std::array<std::string_view, 2> parts;
  size_t count = 0;
  JsonSpanWalk walk(whole_, merge.begin);
  while (walk.Next()) {
    const std::string_view part = walk.Value();
    if (count == parts.size() || !IsText(part)) return false;
    parts[count] = Meant(part.substr(1, part.size() - 2), count);
    ++count;
  }
  if (count == parts.size()) Look(parts[0], parts[1]);
  return count == parts.size();
}

void TokenizerWordsReader::ReadText(std::string_view text) {
  if (text.starts_with("#version")) return;
  ++lines_;
  const size_t space = FindByte(text, 0, ' ');
  if (space < text.size() && FindByte(text, space + 1, ' ') == text.size()) {
    Look(text.substr(0, space), text.substr(space + 1));
  } else if (!no_pair_) {
    no_pair_ = {MergeFault::Kind::kNoPair, "", lines_};
  }
}

void TokenizerWordsReader::Look(std::string_view left, std::string_view right) {
  ++pairs_;
  if (unknown_) return;
  const auto begin = TokenHashes::Of(left), end = TokenHashes::Of(right);
  const auto fault = [&](std::string token) {
    unknown_ = {MergeFault::Kind::kUnknownToken, std::move(token), pairs_};
  };
  if (!tokens_.Contains(begin)) return fault(std::string(left));
  if (!tokens_.Contains(end)) return fault(std::string(right));
  if (!tokens_.Contains(begin.Then(end))) fault(std::string(left) + std::string(right));
}

// A text without its quotes, as it is meant; empty where it is none. One that is spelled with
// escapes is kept in `place`, until the next one is.
std::string_view TokenizerWordsReader::Meant(std::string_view spelled, size_t place) {
  if (FindByte(spelled, 0, '\\') == spelled.size()) return spelled;
  const std::string quoted = "\"" + std::string(spelled) + "\"";
  auto json = ParseJson(AsBytes(quoted), Limits());
  if (!json || !json->Is(JsonValue::Kind::kString)) return {};
  return unescaped_[place] = std::move(json->text);
}

}  // namespace weighlock
