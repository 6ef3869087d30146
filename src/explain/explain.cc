// Every message of the catalogue is looked for at once; what was found is weighed and told apart.
#include "weighlock/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/canonical.h"
#include "explain/catalogue.h"
#include "explain/first_known.h"
#include "explain/installed.h"
#include "explain/message_search.h"
#include "explain/plain_text.h"
#include "explain/slot_values.h"
#include "explain/standing.h"

namespace weighlock {
namespace {

constexpr size_t kMostTold = 5;
constexpr size_t kNear = 20;   // what a word beside it is worth, in letters
constexpr size_t kKnown = 12;  // the same of a value that the base knows

// A match, and what it is worth.
struct Candidate {
  size_t failure = 0, row = 0;
  MessageMatch match;
  SlotValues values;
  size_t score = 0;
  Standing standing = Standing::kSure;
  MatchTraits traits;
};

// Whether a text may be a name that a release knows: no piece of a log that was taken for one.
bool IsIdentifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return std::any_of(name.begin(), name.end(), letter) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
         });
}

bool SameText(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// The catalogue, ready to be looked through.
struct Book {
  Catalogue catalogue;
  FirstKnownReleases known;
  std::vector<std::pair<size_t, size_t>> rows;  // of each message: its failure, its row there
  MessageSearch search;
};

Result<Book> ReadBook() {
  WL_TRY(Catalogue catalogue, Catalogue::Builtin());
  WL_TRY(FirstKnownReleases known, FirstKnownReleases::Builtin());
  std::vector<std::pair<size_t, size_t>> rows;
  std::vector<MessageForm> forms;
  const auto& failures = catalogue.failures();
  for (size_t i = 0; i < failures.size(); ++i) {
    for (size_t j = 0; j < failures[i].messages.size(); ++j) {
      forms.push_back(FormOf(failures[i].messages[j].said.text));
      rows.emplace_back(i, j);
    }
  }
  return Book{std::move(catalogue), std::move(known), std::move(rows),
              MessageSearch(std::move(forms))};
}

// Read once, and never changed.
const Result<Book>& TheBook() {
  static const Result<Book> book = ReadBook();
  return book;
}

class Explainer {
 public:
  Explainer(const Book& book, std::string_view text, const Target* target)
      : catalogue_(book.catalogue),
        known_(book.known),
        book_(book),
        text_(text),
        canonical_(Canonicalise(text)),
        judge_(book.catalogue, canonical_, text),
        installed_(text, target) {}

  void Run(ExplainReport& report) {
    Search();
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    for (const Candidate& candidate : candidates_) {
      if (candidate.standing != Standing::kGuess) Take(candidate, report.found);
    }
    if (report.found.empty()) {
      for (const Candidate& candidate : candidates_) Take(candidate, report.guesses);
    }
    if (report.found.empty() && report.guesses.empty()) report.raised_in = foreign_place_;
    for (Explanation& explanation : report.found) Complete(explanation);
    for (Explanation& explanation : report.guesses) Complete(explanation);
    DropContradicted(report.found);
    std::string note = Contradiction(report.found);
    if (!note.empty()) report.notes.push_back(std::move(note));
  }

 private:
  void Search() {
    for (const MessageMatch& match : book_.search.Run(canonical_)) {
      const auto [failure, row] = book_.rows[match.message];
      const CatalogueMessage& message = catalogue_.failures()[failure].messages[row];
      if (!HasAll(match, message.with) || !IsSpelled(match, message.spelled)) continue;
      Candidate candidate;
      candidate.failure = failure;
      candidate.row = row;
      candidate.match = match;
      candidate.values = book_.search.Values(match, canonical_, text_);
      const bool fits = SlotsFit(candidate.values, message.slots);
      if (!fits) continue;
      candidate.traits.known = !message.slots.empty();
      const MessageForm& form = book_.search.form(match.message);
      candidate.traits.vague = form.core == 0;
      candidate.traits.words = form.BeginsWithWords();
      candidate.traits.whole = match.core == form.core;
      constexpr size_t kShort = 32;  // letters: longer ones are nobody else's, whatever their type
      if (form.core < kShort && form.pieces[0].is_exception) {
        candidate.traits.exception = form.pieces[0].letters;
      }
      if (message.whose != Whose::kOurs && !HasJsonClass(candidate.values)) continue;
      if (candidate.traits.vague && !IsFilled(candidate)) continue;
      Weigh(candidate);
      candidate.standing = judge_.Of(message, match, candidate.traits);
      if (candidate.standing == Standing::kForeign) {
        foreign_place_ = judge_.PlaceOf(match);
      } else {
        candidates_.push_back(std::move(candidate));
      }
    }
    DropVague();
  }

  // The same of the text as it is.
  bool IsSpelled(const MessageMatch& match, const std::vector<std::string>& words) const {
    constexpr size_t kBehind = 40;  // bytes: marks at its end
    const size_t begin = canonical_.offsets[match.begin];
    const size_t end = canonical_.offsets[match.end - 1] + kBehind;
    const std::string_view there = text_.substr(begin, end - begin);
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
      return there.find(word) != std::string_view::npos;
    });
  }

  // Of "KeyError" alone nobody knows which; and an EOFError that says something says another thing.
  bool IsFilled(const Candidate& candidate) const {
    const MessageForm& form = book_.search.form(candidate.match.message);
    if (form.holes.empty()) {
      const std::string_view behind = text_.substr(canonical_.offsets[candidate.match.end - 1] + 1);
      return Canonicalise(behind.substr(0, behind.find('\n'))).letters.empty();
    }
    return candidate.values.size() == form.holes.size() && IsOneName(candidate.values);
  }

  bool HasAll(const MessageMatch& match, const std::vector<std::string>& words) const {
    constexpr size_t kBehind = 400;
    const std::string_view there =
        std::string_view(canonical_.letters).substr(match.begin, match.end - match.begin + kBehind);
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
      return there.find(Canonicalise(word).letters) != std::string_view::npos;
    });
  }

  void Weigh(Candidate& candidate) const {
    const CatalogueFailure& failure = catalogue_.failures()[candidate.failure];
    const MessageMatch& match = candidate.match;
    candidate.score = match.letters - std::min(match.letters, match.missing / 2);
    const auto& near = failure.messages[candidate.row].near;
    if (std::any_of(near.begin(), near.end(), [&](const std::string& word) {
          return canonical_.letters.find(Canonicalise(word).letters) != std::string::npos;
        })) {
      candidate.score += kNear;
    }
    if (!candidate.traits.vague) return;
    for (const FirstKnown& first : failure.first_known) {
      const std::string name = NameIn(candidate.values, first.slot);
      if (name.empty() || !known_.Of(first.table, name)) continue;
      candidate.score += kKnown + name.size();
      candidate.traits.known = true;
    }
  }

  // An exception's type alone says something only where its value is known, or nothing else does.
  void DropVague() {
    const auto best =
        std::max_element(candidates_.begin(), candidates_.end(),
                         [](const Candidate& a, const Candidate& b) { return a.score < b.score; });
    if (best == candidates_.end()) return;
    const size_t most = best->score;
    std::erase_if(candidates_, [&](const Candidate& c) {
      return c.traits.vague && c.score == c.match.letters && c.score < most;
    });
  }

  static bool Overlap(const MessageMatch& a, const MessageMatch& b) {
    return a.begin < b.end && b.begin < a.end;
  }

  // A letter or two may be lost on one of them and not on the other.
  static bool Close(size_t score, size_t best) { return score + 2 >= best; }

  void Take(const Candidate& candidate, std::vector<Explanation>& found) {
    bool or_else = false;
    for (size_t i = 0; i < taken_.size(); ++i) {
      const Candidate& other = *taken_[i];
      const bool close = Close(candidate.score, other.score);
      if (other.failure == candidate.failure) {
        if (close && Overlap(candidate.match, other.match)) Fit(found[i], candidate);
        return;
      }
      if (!Overlap(candidate.match, other.match)) continue;
      if (!close) return;
      or_else = true;
    }
    if (found.size() == kMostTold) return;
    taken_.push_back(&candidate);
    found.push_back(Explain(candidate));
    found.back().or_else = or_else;
  }

  // One more message of the same failure that fits the same words.
  void Fit(Explanation& explanation, const Candidate& candidate) const {
    const CatalogueFailure& failure = catalogue_.failures()[candidate.failure];
    const CatalogueMessage& message = failure.messages[candidate.row];
    explanation.failure.messages.push_back(message.said);
    for (const auto& rule : failure.text.rules) {
      auto& rules = explanation.failure.rules;
      const bool own =
          std::find(message.rules.begin(), message.rules.end(), rule.first) != message.rules.end();
      if (own && std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
    }
  }

  Explanation Explain(const Candidate& candidate) const {
    const CatalogueFailure& failure = catalogue_.failures()[candidate.failure];
    Explanation explanation;
    explanation.failure = failure.text;
    explanation.failure.messages.clear();
    explanation.failure.rules.clear();
    Fit(explanation, candidate);
    explanation.values = candidate.values;
    explanation.matched = candidate.match.letters;
    explanation.of = book_.search.form(candidate.match.message).letters;
    explanation.anybodys = candidate.standing == Standing::kLikely;
    return explanation;
  }

  // What helps, once all messages that fit are known.
  void Complete(Explanation& explanation) const {
    FailureText& text = explanation.failure;
    for (const CatalogueFailure& failure : catalogue_.failures()) {
      if (failure.text.id != text.id) continue;
      for (const FirstKnown& first : failure.first_known) {
        const std::string name = NameIn(explanation.values, first.slot);
        if (IsIdentifier(name)) {
          text.upgrades.insert(text.upgrades.begin(), RemedyOf(first, name, text.messages));
        }
      }
    }
    text.upgrades = installed_.StillAhead(text.upgrades, text.messages);
  }

  // What else the same words may mean is not meant where other releases say them, and the first
  // fits those that are there.
  void DropContradicted(std::vector<Explanation>& found) const {
    bool fits = false;
    std::erase_if(found, [&](const Explanation& explanation) {
      const bool contradicted = !installed_.Contradiction(explanation.failure.messages).empty();
      if (!explanation.or_else) fits = !contradicted;
      return explanation.or_else && contradicted && fits;
    });
  }

  // Where all that the text may mean is of other releases than those that are there.
  std::string Contradiction(const std::vector<Explanation>& found) const {
    std::string note;
    for (size_t i = 0; i < found.size() && (i == 0 || found[i].or_else); ++i) {
      std::string own = installed_.Contradiction(found[i].failure.messages);
      if (own.empty()) return {};
      if (i == 0) note = std::move(own);
    }
    return note;
  }

  Remedy RemedyOf(const FirstKnown& first, const std::string& name,
                  const std::vector<SaidBy>& messages) const {
    const auto range = known_.Of(first.table, name);
    if (!range) {
      return {first.component, "",
              fmt::format("none up to {} knows {}: a later one may, or the name is nobody's",
                          known_.Through(first.table), name)};
    }
    if (!range->until.empty() && installed_.IsAtLeast(first.component, range->until, messages)) {
      return {first.component, "",
              fmt::format("{} and later do not know {}: the last that does is {}", range->until,
                          name, range->last)};
    }
    std::string also = fmt::format("the first that knows {}", name);
    if (!range->until.empty()) also += fmt::format("; {} no longer does", range->until);
    return {first.component, range->first, std::move(also)};
  }

  const Catalogue& catalogue_;
  const FirstKnownReleases& known_;
  const Book& book_;
  const std::string_view text_;
  const Canonical canonical_;
  StandingJudge judge_;
  const Installed installed_;
  std::vector<Candidate> candidates_;
  std::vector<const Candidate*> taken_;  // of what is found, in its order
  std::string foreign_place_;
};

}  // namespace

Result<ExplainReport> ExplainMessage(std::string_view text, const Target* target) {
  const Result<Book>& book = TheBook();
  if (!book) return Error(book.error().code(), book.error().what(), book.error().offset());
  ExplainReport report;
  if (text.size() > kExplainedBytes) {
    text.remove_prefix(text.size() - kExplainedBytes);
    report.notes.push_back(fmt::format("only its last {} MiB were read", kExplainedBytes >> 20));
  }
  const std::string plain = PlainText(text);
  Explainer(*book, plain, target).Run(report);
  return report;
}

Result<std::optional<RuleText>> FindCheckRule(std::string_view id) {
  WL_TRY(const Catalogue catalogue, Catalogue::Builtin());
  for (const RuleText& rule : catalogue.rules()) {
    if (SameText(rule.id, id)) return std::optional<RuleText>(rule);
  }
  return std::optional<RuleText>();
}

Result<std::optional<FailureText>> FindFailure(std::string_view id) {
  WL_TRY(const Catalogue catalogue, Catalogue::Builtin());
  for (const CatalogueFailure& failure : catalogue.failures()) {
    if (SameText(failure.text.id, id)) return std::optional<FailureText>(failure.text);
  }
  return std::optional<FailureText>();
}

Result<std::vector<std::pair<std::string, std::string>>> RulesMendedBy(
    std::string_view adaptation) {
  WL_TRY(const Catalogue catalogue, Catalogue::Builtin());
  std::vector<std::pair<std::string, std::string>> rules;
  for (const RuleText& rule : catalogue.rules()) {
    if (std::find(rule.adaptations.begin(), rule.adaptations.end(), adaptation) !=
        rule.adaptations.end()) {
      rules.emplace_back(rule.id, rule.text);
    }
  }
  return rules;
}

}  // namespace weighlock
