// Targets in a list, one of them in full, what is wrong with one, and two side by side.
#include <fmt/format.h>

#include "base/escape.h"
#include "report/table.h"
#include "report/text.h"

namespace weighlock {

std::string ProfilesText(const std::vector<Profile>& profiles) {
  Table table({Table::Align::kLeft, Table::Align::kLeft});
  for (const Profile& profile : profiles) table.Row({profile.name, profile.title});
  return table.Render(0);
}

std::string TargetText(const GivenTarget& given) {
  std::string out = fmt::format("target   {}\n", Escape(given.target.text));
  if (!given.read_as.empty()) out += fmt::format("read as  {}\n", Escape(given.read_as));
  for (const std::string& note : given.notes) out += fmt::format("note     {}\n", note);
  Table table({Table::Align::kLeft, Table::Align::kLeft});
  for (const auto& [key, value] : TargetRows(given)) table.Row({Escape(key), Escape(value)});
  return out + "\n" + table.Render(2);
}

std::string LintText(const std::vector<TargetProblem>& problems) {
  std::string out;
  for (const TargetProblem& problem : problems) {
    out += fmt::format("{}  {}\n", problem.error ? "error  " : "warning", problem.text);
  }
  return problems.empty() ? "nothing is wrong with it\n" : out;
}

std::string TargetDiffText(const GivenTarget& a, const GivenTarget& b,
                           const std::vector<TargetDifference>& differences) {
  if (differences.empty()) return "the two say the same\n";
  Table table({Table::Align::kLeft, Table::Align::kLeft, Table::Align::kLeft});
  table.Row({"", Escape(a.target.text), Escape(b.target.text)});
  for (const TargetDifference& d : differences) {
    table.Row({Escape(d.key), d.a.empty() ? "-" : Escape(d.a), d.b.empty() ? "-" : Escape(d.b)});
  }
  return table.Render(0);
}

}  // namespace weighlock
