// What an error means, and what a rule says.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/adaptations.h"
#include "report/text.h"

namespace weighlock {
namespace {

// "  cause    " and the value, one row.
std::string Row(std::string_view label, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("  {:<8} {}\n", label, value);
}

std::string Joined(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, ", "));
}

std::string RemedyText(const Remedy& remedy) {
  if (remedy.version.empty()) return fmt::format("{}: {}", remedy.component, remedy.also);
  return fmt::format("{} {}{}{}", remedy.component, remedy.version, remedy.also.empty() ? "" : ", ",
                     remedy.also);
}

std::string FailureRows(const FailureText& failure) {
  std::string out = Row("cause", failure.cause) + Row("fix", failure.fix);
  for (size_t i = 0; i < failure.upgrades.size(); ++i) {
    out += Row(i == 0 ? "upgrade" : "or", Escape(RemedyText(failure.upgrades[i])));
  }
  for (size_t i = 0; i < failure.adaptations.size(); ++i) {
    out += Row(i == 0 ? "package" : "or", AdaptationText(failure.adaptations[i]));
  }
  for (const auto& [id, text] : failure.rules) out += Row("rule", id + "  " + text);
  return out + Row("source", fmt::format("{} ({})", failure.source, failure.confidence));
}

std::string Messages(const std::vector<SaidBy>& messages) {
  std::string out;
  for (const auto& [releases, text] : messages) {
    out += fmt::format("  says     {}\n", releases.empty() ? "any release" : releases);
    out += Indented(text, 11);
  }
  return out;
}

// What of a message says more than a path or a place does.
bool IsTold(const std::string& slot) {
  return slot != "n" && slot != "package" && slot != "file" && slot != "line" && slot != "column" &&
         slot != "place" && slot != "all";
}

std::string ExplanationText(const Explanation& explanation) {
  const FailureText& failure = explanation.failure;
  std::string out = fmt::format("{}  {}\n", failure.id, failure.stage);
  for (const auto& [slot, value] : explanation.values) {
    const std::string name = slot == "python" || slot.starts_with('/') ? "value" : slot;
    if (IsTold(slot)) out += Row("names", fmt::format("{} {}", name, Quote(value, 60)));
  }
  if (explanation.anybodys) {
    out += Row("but", "the words are Python's own: this is meant where a model was being loaded");
  }
  out += FailureRows(failure);
  std::string by;
  for (const auto& [releases, text] : failure.messages) {
    if (!releases.empty()) by += (by.empty() ? "" : "; ") + releases;
  }
  return out + Row("said by", by);
}

std::string Notes(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += fmt::format("note: {}\n\n", Escape(note));
  return out;
}

// A guess in one line: "  E20   config     this transformers ...".
std::string GuessText(const Explanation& explanation) {
  const FailureText& failure = explanation.failure;
  return fmt::format("  {:<5} {:<9}  {}\n", failure.id, failure.stage, failure.cause);
}

}  // namespace

std::string GuessesText(const ExplainReport& report) {
  std::string out = Notes(report.notes) +
                    "Not known: these words are anybody's, and nothing around them says that a "
                    "model was being loaded.\nPaste the whole traceback, or let weighlock check "
                    "PACKAGE --target TARGET look at the package itself.\n\n"
                    "A guess, and no more than that:\n";
  for (const Explanation& guess : report.guesses) out += GuessText(guess);
  return out;
}

std::string ExplainText(const ExplainReport& report) {
  std::string out = Notes(report.notes);
  for (size_t i = 0; i < report.found.size(); ++i) {
    if (i > 0) {
      out += report.found[i].or_else ? "\nThe same words may mean another thing:\n"
                                     : "\nThe text speaks of this too:\n";
    }
    out += ExplanationText(report.found[i]);
  }
  if (!report.found.empty() && !report.found[0].failure.rules.empty()) {
    out += "\nweighlock check PACKAGE --target TARGET says which it is, and what helps.\n";
  }
  return out;
}

std::string RuleBookText(const RuleText& rule) {
  std::string out = fmt::format("{}  {}\n", rule.id, rule.stage) + Row("says", rule.text) +
                    Row("verdict", Joined(rule.verdicts));
  for (size_t i = 0; i < rule.adaptations.size(); ++i) {
    out += Row(i == 0 ? "package" : "or", AdaptationText(rule.adaptations[i]));
  }
  out += Row("failures", Joined(rule.failures));
  out += Row("source", fmt::format("{} ({})", rule.source, rule.confidence));
  return rule.messages.empty() ? out : out + "\n" + Messages(rule.messages);
}

std::string FailureBookText(const FailureText& failure, const std::optional<AdaptationPage>& also) {
  std::string out = fmt::format("{}  {}\n", failure.id, failure.stage) + FailureRows(failure);
  if (!failure.messages.empty()) out += "\n" + Messages(failure.messages);
  if (!also) return out;
  return out + "\nAn adaptation has the same name:\n" + AdaptationBookText(*also);
}

std::string AdaptationBookText(const AdaptationPage& page) {
  std::string out =
      fmt::format("{}  what can be done to a package\n", page.id) + Row("makes", page.text);
  for (const auto& [id, text] : page.rules) out += Row("rule", id + "  " + text);
  return out;
}

}  // namespace weighlock
