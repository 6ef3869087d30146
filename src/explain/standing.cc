// The frame that raised it decides: the catalogue says in which files models are loaded.
#include "explain/standing.h"

#include <algorithm>

namespace weighlock {
namespace {

constexpr size_t kBehind = 400;  // letters behind a message that still speak of it

bool HasAny(std::string_view letters, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return letters.find(Canonicalise(word).letters) != std::string_view::npos;
  });
}

}  // namespace

// Whether a word goes on where something was found: "__init__() got ..." in "Trainer.__init__() got
// ...", KeyError in MyKeyError. `points`: a point before it parts words, as in
// "pickle.PickleError".
bool StandingJudge::IsInsideAWord(size_t letter, bool points) const {
  if (letter == 0) return false;
  const size_t last = canonical_.offsets[letter - 1] + 1;
  const std::string_view between = text_.substr(last, canonical_.offsets[letter] - last);
  if (between.find_first_not_of("_.") != between.npos) return false;
  return !points || between.find('.') == between.npos;
}

// Whether the type right before the words is none that says them: "invalid escape at line 1" is an
// Exception of tokenizers, and another thing behind JSONDecodeError.
bool StandingJudge::IsOfAnotherType(const MessageMatch& match, std::string_view exception) const {
  if (exception.empty()) return false;
  std::string_view before = text_.substr(0, canonical_.offsets[match.core_begin]);
  const size_t colon = before.find_last_not_of(" '\"`");
  if (colon == before.npos || before[colon] != ':') return false;
  before = before.substr(0, colon);
  const size_t begin =
      before.find_last_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") +
      1;
  const std::string type = Canonicalise(before.substr(begin)).letters;
  const std::string_view all = type;
  if (!all.ends_with("error") && !all.ends_with("exception")) return false;
  // Names of one type, and of its kinds.
  static constexpr std::string_view kSame[][2] = {{"oserror", "environmenterror"},
                                                  {"oserror", "ioerror"},
                                                  {"oserror", "filenotfounderror"},
                                                  {"importerror", "modulenotfounderror"}};
  for (const auto& [one, other] : kSame) {
    if ((all == one && exception == other) || (all == other && exception == one)) return false;
  }
  return all != exception;
}

// "has no attribute 'keys2'", "No such file: 'pytorch_model.bin.tmp'", "EOFError: EOF when ...".
bool StandingJudge::EndsInsideAWord(const MessageMatch& match) const {
  const size_t end = canonical_.offsets[match.end - 1] + 1;
  if (match.end == canonical_.letters.size()) return false;
  const std::string_view between = text_.substr(end, canonical_.offsets[match.end] - end);
  return between.empty() || between == "_" || between == ".";
}

// Whether a line ends within it, as where a log breaks lines: then a piece of it may be spoilt.
bool StandingJudge::IsBroken(const MessageMatch& match) const {
  const size_t begin = canonical_.offsets[match.begin], end = canonical_.offsets[match.end - 1];
  return text_.substr(begin, end - begin).find('\n') != std::string_view::npos;
}

const Surroundings& StandingJudge::Around(size_t at) {
  const auto [place, is_new] = around_.try_emplace(at);
  if (is_new) place->second = SurroundingsOf(text_, at);
  return place->second;
}

Standing StandingJudge::Of(const CatalogueMessage& message, const MessageMatch& match,
                           MatchTraits traits) {
  const bool begun = match.from_start && match.core > 0 && traits.words;
  if (begun && IsInsideAWord(match.core_begin, /*points=*/false)) return Standing::kForeign;
  if (begun && IsOfAnotherType(match, traits.exception)) return Standing::kForeign;
  if (message.whose == Whose::kOurs) return Standing::kSure;
  const bool typed = match.letters > match.core;
  if (typed && IsInsideAWord(match.begin, /*points=*/true)) return Standing::kForeign;
  if (!traits.whole && !match.cut && !IsBroken(match)) return Standing::kForeign;
  if (traits.whole && EndsInsideAWord(match)) return Standing::kForeign;
  const std::string_view letters = canonical_.letters;
  const Surroundings& around = Around(canonical_.offsets[match.begin]);
  if (!around.traced) {
    if (traits.known || HasAny(letters, message.near)) return Standing::kSure;
    return message.whose == Whose::kOften ? Standing::kLikely : Standing::kGuess;
  }
  const std::string_view behind = letters.substr(match.begin, match.end - match.begin + kBehind);
  if (HasAny(around.letters, message.near) || HasAny(behind, message.near)) return Standing::kSure;
  const bool loads = HasAny(around.letters, catalogue_.loaders()) &&
                     !HasAny(around.letters, catalogue_.elsewhere());
  // Of a traceback without its lines of code only a part was pasted.
  if (traits.known && (loads || !around.shows_code)) return Standing::kSure;
  if (!loads) return Standing::kForeign;
  return traits.vague ? Standing::kGuess : Standing::kSure;
}

std::string StandingJudge::PlaceOf(const MessageMatch& match) {
  return Around(canonical_.offsets[match.begin]).place;
}

}  // namespace weighlock
