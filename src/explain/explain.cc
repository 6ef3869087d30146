// Every message of the catalogue is looked for at once; what was found is weighed and told apart.
#include "weighlock/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/canonical.h"
#include "explain/catalogue.h"
#include "explain/first_known.h"
#include "explain/message_search.h"

namespace weighlock {
namespace {

constexpr size_t kMostTold = 5;
constexpr size_t kNear = 20;   // what a word beside it is worth, in letters
constexpr size_t kKnown = 12;  // the same of a value that the base knows

// A match, and what it is worth.
struct Candidate {
  size_t failure, row;
  MessageMatch match;
  std::vector<std::pair<std::string, std::string>> values;
  size_t score = 0;
  bool vague = false;  // nothing but an exception's type
};

// The name that fills a slot: 'llama' of "'llama'\n".
std::string NameIn(const std::vector<std::pair<std::string, std::string>>& values,
                   const std::string& slot) {
  for (const auto& [name, value] : values) {
    if (name != slot) continue;
    const size_t end = value.find_first_of(" \n\t'\"`,)]}");
    return value.substr(0, end);
  }
  return {};
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
  Explainer(const Book& book, std::string_view text)
      : catalogue_(book.catalogue),
        known_(book.known),
        book_(book),
        text_(text),
        canonical_(Canonicalise(text)) {}

  std::vector<Explanation> Run() {
    Search();
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    for (const Candidate& candidate : candidates_) Take(candidate);
    return std::move(found_);
  }

 private:
  void Search() {
    for (const MessageMatch& match : book_.search.Run(canonical_)) {
      const auto [failure, row] = book_.rows[match.message];
      const CatalogueMessage& message = catalogue_.failures()[failure].messages[row];
      if (!HasAll(match, message.with)) continue;
      Candidate candidate{failure, row, match, book_.search.Values(match, canonical_, text_)};
      candidate.vague = book_.search.form(match.message).core == 0;
      Weigh(candidate);
      candidates_.push_back(std::move(candidate));
    }
    DropVague();
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
    if (!candidate.vague) return;
    for (const FirstKnown& first : failure.first_known) {
      const std::string name = NameIn(candidate.values, first.slot);
      if (!name.empty() && known_.Of(first.table, name)) candidate.score += kKnown + name.size();
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
      return c.vague && c.score == c.match.letters && c.score < most;
    });
  }

  static bool Overlap(const MessageMatch& a, const MessageMatch& b) {
    return a.begin < b.end && b.begin < a.end;
  }

  // A letter or two may be lost on one of them and not on the other.
  static bool Close(size_t score, size_t best) { return score + 2 >= best; }

  void Take(const Candidate& candidate) {
    bool or_else = false;
    for (size_t i = 0; i < taken_.size(); ++i) {
      const Candidate& other = *taken_[i];
      const bool close = Close(candidate.score, other.score);
      if (other.failure == candidate.failure) {
        if (close && Overlap(candidate.match, other.match)) Fit(found_[i], candidate);
        return;
      }
      if (!Overlap(candidate.match, other.match)) continue;
      if (!close) return;
      or_else = true;
    }
    if (found_.size() == kMostTold) return;
    taken_.push_back(&candidate);
    found_.push_back(Explain(candidate));
    found_.back().or_else = or_else;
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
    for (const FirstKnown& first : failure.first_known) {
      const std::string name = NameIn(candidate.values, first.slot);
      if (!name.empty()) {
        auto& upgrades = explanation.failure.upgrades;
        upgrades.insert(upgrades.begin(), RemedyOf(first, name));
      }
    }
    return explanation;
  }

  Remedy RemedyOf(const FirstKnown& first, const std::string& name) const {
    const auto range = known_.Of(first.table, name);
    if (!range) {
      return {first.component, "",
              fmt::format("none up to {} knows {}: a later one may, or the name is nobody's",
                          known_.Through(first.table), name)};
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
  std::vector<Candidate> candidates_;
  std::vector<const Candidate*> taken_;  // of found_, in its order
  std::vector<Explanation> found_;
};

}  // namespace

Result<ExplainReport> ExplainMessage(std::string_view text) {
  const Result<Book>& book = TheBook();
  if (!book) return Error(book.error().code(), book.error().what(), book.error().offset());
  ExplainReport report;
  if (text.size() > kExplainedBytes) {
    text.remove_prefix(text.size() - kExplainedBytes);
    report.notes.push_back(fmt::format("only its last {} MiB were read", kExplainedBytes >> 20));
  }
  report.found = Explainer(*book, text).Run();
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
