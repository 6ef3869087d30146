// Spans of the text, and no tree of it: a vocabulary has hundreds of thousands of tokens. That each
// merge is a pair is asked of all of them first, as the library does.
#include "check/tokenizer_merges.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "json/json.h"
#include "json/json_edit.h"

namespace weighlock {
namespace {

size_t SkipSpaces(std::string_view text, size_t offset) {
  return std::min(text.find_first_not_of(" \t\r\n", offset), text.size());
}

// A text without its quotes, as it is meant; empty where it is none.
std::string Meant(std::string_view spelled) {
  if (spelled.find('\\') == std::string_view::npos) return std::string(spelled);
  const std::string quoted = "\"" + std::string(spelled) + "\"";
  const auto json = ParseJson(AsBytes(quoted), Limits());
  return json && json->Is(JsonValue::Kind::kString) ? json->text : std::string();
}

bool IsText(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

std::string TextOf(std::string_view value) {
  return Meant(value.substr(1, value.size() - 2));
}

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
    std::vector<std::string> parts;
    bool is_text = whole_[merge.begin] == '[';
    if (!is_text) return false;
    ForEachJsonSpan(whole_, merge.begin, [&](const JsonSpan& part) {
      is_text = is_text && IsText(Of(part)) && parts.size() < 2;
      if (is_text) parts.push_back(TextOf(Of(part)));
      return is_text;
    });
    if (!is_text || parts.size() != 2) return false;
    pairs_.emplace_back(std::move(parts[0]), std::move(parts[1]));
    return true;
  }

  void ReadText(const std::string& text) {
    if (text.starts_with("#version")) return;
    ++lines_;
    const size_t space = text.find(' ');
    const bool is_pair =
        space != std::string::npos && text.find(' ', space + 1) == std::string::npos;
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
                      tokens_.insert(Meant(token.name));
                      return true;
                    });
  }

  std::optional<MergeFault> Unknown() const {
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const auto& [left, right] = pairs_[i];
      for (const std::string& token : {left, right, left + right}) {
        if (tokens_.contains(token)) continue;
        return MergeFault{MergeFault::Kind::kUnknownToken, token, i + 1};
      }
    }
    return std::nullopt;
  }

  std::string_view whole_;
  std::vector<std::pair<std::string, std::string>> pairs_;
  std::unordered_set<std::string> tokens_;
  size_t lines_ = 0;
  std::optional<MergeFault> fault_;
};

}  // namespace

std::optional<MergeFault> FirstMergeFault(std::string_view whole) {
  return Merges(whole).FirstFault();
}

}  // namespace weighlock
