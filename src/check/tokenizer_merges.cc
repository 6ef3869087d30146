// Spans of the text, and no tree of it: a vocabulary has hundreds of thousands of tokens. That each
// merge is a pair is asked of all of them first, as the library does.
#include "check/tokenizer_merges.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "json/json.h"
#include "json/json_edit.h"

namespace weighlock {
namespace {

size_t SkipSpaces(std::string_view text, size_t offset) {
  return std::min(text.find_first_not_of(" \t\r\n", offset), text.size());
}

bool IsText(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

// Hashes of tokens, in a table of their own: of a set of strings the keys alone cost more than all
// else here. Two tokens of one hash would hide a fault, and nothing worse.
class TokenHashes {
 public:
  // FNV-1a, which goes on behind `hash` as if the two texts were one.
  static constexpr uint64_t kNone = 0xCBF29CE484222325;
  static uint64_t Of(std::string_view text, uint64_t hash = kNone) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    return hash;
  }

  void Add(uint64_t hash) {
    if (2 * (count_ + 1) > slots_.size()) Grow();
    count_ += Put(hash);
  }

  bool Contains(uint64_t hash) const {
    for (size_t at = Home(hash); !slots_.empty(); at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == hash) return true;
      if (slots_[at] == 0) break;
    }
    return false;
  }

 private:
  size_t Home(uint64_t hash) const {
    return static_cast<size_t>((hash ^ (hash >> 32)) & (slots_.size() - 1));
  }

  bool Put(uint64_t hash) {
    size_t at = Home(hash);
    while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & (slots_.size() - 1);
    return std::exchange(slots_[at], hash) == 0;
  }

  void Grow() {
    const std::vector<uint64_t> old = std::move(slots_);
    slots_.assign(std::max<size_t>(1024, 2 * old.size()), 0);
    for (const uint64_t hash : old) {
      if (hash != 0) Put(hash);
    }
  }

  std::vector<uint64_t> slots_;  // a power of two of them, half of them free; 0: free
  size_t count_ = 0;
};

class Merges {
 public:
  explicit Merges(std::string_view whole) : whole_(whole) {}

  std::optional<MergeFault> FirstFault() {
    std::string_view type, prefix, vocab, merges;
    ForEachJsonSpan(whole_, SkipSpaces(whole_, 0), [&](const JsonSpan& member) {
      if (member.name != "model" || whole_[member.begin] != '{') return true;
      ForEachJsonSpan(whole_, member.begin, [&](const JsonSpan& part) {
        const std::string_view value = Of(part);
        if (part.name == "type") type = value;
        if (part.name == "continuing_subword_prefix") prefix = value;
        if (part.name == "vocab") vocab = value;
        if (part.name == "merges") merges = value;
        return true;
      });
      return true;
    });
    const bool is_prefixed = !prefix.empty() && prefix != "null" && prefix != "\"\"";
    if (type != "\"BPE\"" || is_prefixed || !vocab.starts_with('{') || !merges.starts_with('[')) {
      return std::nullopt;
    }
    Read(merges);
    if (fault_) return std::move(fault_);
    Vocabulary(vocab);
    return Unknown();
  }

 private:
  std::string_view Of(const JsonSpan& span) const {
    return whole_.substr(span.begin, span.end - span.begin);
  }

  // "a b" before 0.20, then ["a", "b"]; all of one form.
  void Read(std::string_view merges) {
    size_t number = 0;
    bool is_pairs = false;
    ForEachJsonSpan(whole_, static_cast<size_t>(merges.data() - whole_.data()),
                    [&](const JsonSpan& merge) {
                      const std::string_view value = Of(merge);
                      if (++number == 1) is_pairs = value.starts_with('[');
                      if (is_pairs ? !ReadPair(merge) : !IsText(value)) {
                        fault_ = {MergeFault::Kind::kOtherType, "", number};
                      } else if (!is_pairs) {
                        ReadText(TextOf(value));
                      }
                      return !fault_ || fault_->kind == MergeFault::Kind::kNoPair;
                    });
  }

  bool ReadPair(const JsonSpan& merge) {
    std::array<std::string_view, 2> parts;
    size_t count = 0;
    bool is_text = whole_[merge.begin] == '[';
    if (!is_text) return false;
    ForEachJsonSpan(whole_, merge.begin, [&](const JsonSpan& part) {
      is_text = is_text && IsText(Of(part)) && count < 2;
      if (is_text) parts[count++] = TextOf(Of(part));
      return is_text;
    });
    if (!is_text || count != 2) return false;
    pairs_.emplace_back(parts[0], parts[1]);
    return true;
  }

  void ReadText(std::string_view text) {
    if (text.starts_with("#version")) return;
    ++lines_;
    const size_t space = text.find(' ');
    const bool is_pair =
        space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos;
    if (is_pair) {
      pairs_.emplace_back(text.substr(0, space), text.substr(space + 1));
    } else if (!fault_) {
      // A value of another type further on is met before.
      fault_ = {MergeFault::Kind::kNoPair, "", lines_};
    }
  }

  void Vocabulary(std::string_view vocab) {
    ForEachJsonSpan(whole_, static_cast<size_t>(vocab.data() - whole_.data()),
                    [&](const JsonSpan& token) {
                      tokens_.Add(TokenHashes::Of(Meant(token.name)));
                      return true;
                    });
  }

  std::optional<MergeFault> Unknown() const {
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const auto& [left, right] = pairs_[i];
      const auto fault = [&](std::string token) {
        return MergeFault{MergeFault::Kind::kUnknownToken, std::move(token), i + 1};
      };
      const uint64_t begin = TokenHashes::Of(left);
      if (!tokens_.Contains(begin)) return fault(std::string(left));
      if (!tokens_.Contains(TokenHashes::Of(right))) return fault(std::string(right));
      if (!tokens_.Contains(TokenHashes::Of(right, begin))) {
        return fault(std::string(left) + std::string(right));
      }
    }
    return std::nullopt;
  }

  // A text without its quotes, as it is meant; empty where it is none.
  std::string_view Meant(std::string_view spelled) {
    if (spelled.find('\\') == std::string_view::npos) return spelled;
    const std::string quoted = "\"" + std::string(spelled) + "\"";
    auto json = ParseJson(AsBytes(quoted), Limits());
    if (!json || !json->Is(JsonValue::Kind::kString)) return {};
    return unescaped_.emplace_back(std::move(json->text));
  }

  std::string_view TextOf(std::string_view value) {
    return Meant(value.substr(1, value.size() - 2));
  }

  std::string_view whole_;
  std::deque<std::string> unescaped_;  // texts that were spelled with escapes
  std::vector<std::pair<std::string_view, std::string_view>> pairs_;
  TokenHashes tokens_;
  size_t lines_ = 0;
  std::optional<MergeFault> fault_;
};

}  // namespace

std::optional<MergeFault> FirstMergeFault(std::string_view whole) {
  return Merges(whole).FirstFault();
}

}  // namespace weighlock
