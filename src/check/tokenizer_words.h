// The words of a tokenizer.json, hundreds of thousands of them: the numbers of its vocabulary, and
// its merges, of which each must join two tokens to a third.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json_edit.h"

namespace weighlock {

// The first value of the vocabulary {"token": number} at `begin` that is no number of a token,
// which is an integer from 0 to 2^32 - 1, as it is spelled; empty: each is.
std::string_view FirstOddId(std::string_view text, size_t begin);

struct MergeFault {
  enum class Kind { kNoPair, kUnknownToken, kOtherType };
  Kind kind;
  std::string token;  // that the vocabulary lacks
  size_t number = 0;  // of the merge, from 1
};

struct TokenizerWords {
  std::string_view odd_id;              // as FirstOddId
  std::optional<uint64_t> last_number;  // of the last word: the highest as it is saved
  // The first that the tokenizers library meets; none too where the model has no such merges.
  std::optional<MergeFault> merge_fault;
};

// Hashes of tokens, in a table of their own: of a set of strings the keys alone cost more than all
// else here. Two tokens of one hash would hide a fault, and nothing worse.
class TokenHashes {
 public:
  // That two texts make one is asked of their hashes: with a polynomial, that of both follows from
  // those of each.
  struct Hashed {
    uint64_t hash = 0, power = 1;  // kBase to the power of the text's length
    Hashed Then(const Hashed& other) const {
      return {hash * other.power + other.hash, power * other.power};
    }
  };

  static Hashed Of(std::string_view text);
  void Add(const Hashed& token);
  bool Contains(const Hashed& token) const;

 private:
  static constexpr uint64_t kBase = 0x9E3779B97F4A7C15;

  static uint32_t Kept(const Hashed& token);
  // The slot of a hash, or the free one where it would be.
  size_t SlotOf(uint32_t hash) const;
  void Grow();

  std::vector<uint32_t> slots_;  // a power of two of them, half of them free; 0: free
  size_t count_ = 0;
};

// Reads them as they come in the text, each once. Nothing is kept of a token but four bytes, and
// nothing of a merge.
class TokenizerWordsReader {
 public:
  // Borrowed: the text of the file.
  explicit TokenizerWordsReader(std::string_view whole) : whole_(whole) {}

  // Members of the model, as they are spelled.
  void IsOf(std::string_view type) { type_ = type; }
  void HasPrefix(std::string_view prefix);

  // The object, and the list, that begin at `begin`: where they end.
  size_t Vocabulary(size_t begin);
  size_t Merges(size_t begin);

  TokenizerWords Take();

 private:
  bool MayMerge() const { return type_.empty() || type_ == "\"BPE\""; }
  void ReadMerges(JsonSpanWalk& walk);
  bool ReadPair(const JsonSpan& merge);
  void ReadText(std::string_view text);
  void Look(std::string_view left, std::string_view right);
  std::string_view Meant(std::string_view spelled, size_t place);

  std::string_view whole_, type_;
  bool is_prefixed_ = false;
  TokenizerWords words_;
  TokenHashes tokens_;
  std::optional<size_t> vocabulary_, merges_;  // where they begin
  bool is_looked_up_ = false;                  // whether the merges were, in this vocabulary
  std::array<std::string, 2> unescaped_;
  size_t lines_ = 0, pairs_ = 0;  // of the merges, so far
  std::optional<MergeFault> other_type_, no_pair_, unknown_;
};

}  // namespace weighlock
