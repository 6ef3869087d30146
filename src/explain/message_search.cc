// Pieces are chained in their order, as many as there are. Of each piece one chain is kept that
// ends in it, so that an occurrence costs no more than the message has pieces.
#include "explain/message_search.h"

#include <algorithm>
#include <map>

#include "explain/slot_reader.h"

namespace weighlock {
namespace {

// Letters between two pieces of a chain: within a literal what logs put before each line, across a
// hole what may fill it.
constexpr size_t kGap = 400;
constexpr size_t kHoleGap = 4000;

constexpr size_t kNone = SIZE_MAX;
constexpr size_t kSurely = 32;  // so many letters in a row of words are nobody else's
constexpr size_t kTyped = 16;   // fewer of them want the exception's type before them

struct Chain {
  size_t letters = 0, core = 0;  // 0: there is none
  size_t begin = 0, end = 0;
  size_t core_begin = kNone;   // of the first piece that is no exception's type
  size_t first = 0, last = 0;  // pieces
};

// One chain for each piece of a message, and the best of all.
struct Progress {
  std::vector<Chain> ending;
  Chain best;
};

void Extend(Progress& progress, const MessageForm& form, size_t piece, size_t end) {
  const FormPiece& here = form.pieces[piece];
  const size_t size = here.letters.size();
  const size_t begin = end - size;
  const size_t own_core = here.is_exception ? kNone : begin;
  Chain chain{size, here.is_exception ? 0 : size, begin, end, own_core, piece, piece};
  for (size_t before = 0; before < piece; ++before) {
    const Chain& other = progress.ending[before];
    const size_t most = form.pieces[before].literal == here.literal ? kGap : kHoleGap;
    if (other.letters == 0 || other.end > begin || begin - other.end > most) continue;
    if (other.letters + size < chain.letters) continue;
    chain = {other.letters + size,
             other.core + (here.is_exception ? 0 : size),
             other.begin,
             end,
             std::min(other.core_begin, own_core),
             other.first,
             piece};
  }
  Chain& kept = progress.ending[piece];
  if (chain.letters >= kept.letters || begin - std::min(begin, kept.end) > kGap) kept = chain;
  if (chain.letters >= progress.best.letters) progress.best = chain;
}

// Whether `rest` of a text ends where the piece behind `last` would go on, or, with a hole before
// that, soon enough.
bool IsCut(const MessageForm& form, size_t last, std::string_view rest) {
  if (last + 1 == form.pieces.size()) return false;
  const FormPiece& next = form.pieces[last + 1];
  if (next.literal == form.pieces[last].literal) return next.letters.starts_with(rest);
  return rest.size() <= 2 * kTyped;
}

}  // namespace

LiteralSearch MessageSearch::SearchOf(const std::vector<MessageForm>& forms,
                                      std::vector<std::vector<Place>>& places) {
  std::map<std::string_view, size_t> numbers;
  std::vector<std::string> literals;
  for (size_t message = 0; message < forms.size(); ++message) {
    for (size_t piece = 0; piece < forms[message].pieces.size(); ++piece) {
      const std::string& letters = forms[message].pieces[piece].letters;
      const auto [found, added] = numbers.emplace(letters, literals.size());
      if (added) {
        literals.push_back(letters);
        places.emplace_back();
      }
      places[found->second].push_back({message, piece});
    }
  }
  return LiteralSearch(literals);
}

MessageSearch::MessageSearch(std::vector<MessageForm> forms)
    : forms_(std::move(forms)), search_(SearchOf(forms_, places_)) {}

bool MessageSearch::IsEnough(const MessageMatch& match) const {
  const MessageForm& form = forms_[match.message];
  if (form.core == 0) return match.letters == form.letters;
  if (match.core == 0) return false;
  const bool typed = match.letters > match.core || form.letters == form.core;
  if (form.core < kTyped && !typed) return false;
  // The end of a message may be cut off, and then it is not much of it.
  if (match.core >= kTyped && match.from_start && match.missing == 0 && match.cut) return true;
  if (match.missing > match.core) return false;
  if (match.core >= kSurely && (match.from_start || match.core * 4 >= form.core)) return true;
  return match.core * 5 >= form.core * 3;
}

std::vector<MessageMatch> MessageSearch::Run(const Canonical& text) const {
  std::vector<Progress> progress(forms_.size());
  for (size_t i = 0; i < forms_.size(); ++i) progress[i].ending.resize(forms_[i].pieces.size());
  search_.Run(text.letters, [&](size_t literal, size_t end) {
    for (const Place& place : places_[literal]) {
      Extend(progress[place.message], forms_[place.message], place.piece, end);
    }
  });
  std::vector<MessageMatch> matches;
  for (size_t i = 0; i < forms_.size(); ++i) {
    const Chain& best = progress[i].best;
    MessageMatch match;
    match.message = i;
    match.letters = best.letters;
    match.core = best.core;
    match.begin = best.begin;
    match.end = best.end;
    match.core_begin = best.core == 0 ? best.begin : best.core_begin;
    for (size_t piece = best.first; best.letters > 0 && piece <= best.last; ++piece) {
      match.missing += forms_[i].pieces[piece].letters.size();
    }
    match.missing -= best.letters;
    const bool typed = !forms_[i].pieces.empty() && forms_[i].pieces[0].is_exception;
    match.from_start = best.first <= (typed ? 1U : 0U);
    match.cut = best.letters > 0 &&
                IsCut(forms_[i], best.last, std::string_view(text.letters).substr(best.end));
    if (best.letters > 0 && IsEnough(match)) matches.push_back(match);
  }
  return matches;
}

std::vector<std::pair<std::string, std::string>> MessageSearch::Values(
    const MessageMatch& match, const Canonical& canonical, std::string_view text) const {
  const MessageForm& form = forms_[match.message];
  const std::string_view within = std::string_view(canonical.letters).substr(0, match.end);
  // Of each literal, where it was found to begin and to end, in bytes of the text.
  std::map<size_t, std::pair<size_t, size_t>> found;
  size_t from = match.begin;
  for (const FormPiece& piece : form.pieces) {
    const size_t at = within.find(piece.letters, from);
    if (at == std::string_view::npos) continue;
    from = at + piece.letters.size();
    const size_t begin = canonical.offsets[at], end = canonical.offsets[from - 1] + 1;
    found.emplace(piece.literal, std::pair(begin, end)).first->second.second = end;
  }
  SlotReader slots(form, text);
  if (!form.holes.empty() && form.literals[0].empty() && !found.contains(0) && found.contains(1)) {
    slots.ReadFirst(found[1].first);
  }
  for (size_t i = 0; i < form.holes.size();) {
    // Up to the next literal that was found; those between are too short to be looked for.
    size_t next = i + 1;
    while (next < form.holes.size() && !found.contains(next)) ++next;
    const auto before = found.find(i), after = found.find(next);
    if (before != found.end()) {
      slots.Read(i, next, before->second.second,
                 after == found.end() ? std::string_view::npos : after->second.first);
    }
    i = next;
  }
  return slots.Take();
}

}  // namespace weighlock
