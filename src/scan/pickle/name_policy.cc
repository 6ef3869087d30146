// The tables are searched as they are embedded, sorted lines of text: nothing is parsed at
// start-up.
#include "scan/pickle/name_policy.h"

#include <algorithm>
#include <array>
#include <string>

#include "scan/sorted_lines.h"

namespace weighlock {

// kb/scan/names.tsv and kb/scan/libraries.tsv, embedded by the build.
extern const std::string_view kBuiltinScanNames, kBuiltinScanLibraries;

namespace scan {
namespace {

struct StandingWord {
  std::string_view word;
  Standing standing;
};
constexpr std::array kStandings = {StandingWord{"allowed", Standing::kAllowed},
                                   StandingWord{"library", Standing::kLibrary},
                                   StandingWord{"dangerous", Standing::kDangerous},
                                   StandingWord{"tampering", Standing::kTampering}};

// "STANDING\tRULE"
NamePolicy PolicyOf(std::string_view fields) {
  const size_t tab = std::min(fields.find('\t'), fields.size());
  for (const StandingWord& row : kStandings) {
    if (row.word != fields.substr(0, tab)) continue;
    return {row.standing, fields.substr(std::min(tab + 1, fields.size()))};
  }
  return {};
}

}  // namespace

NamePolicy LookupName(std::string_view module, std::string_view name) {
  // What stands between the fields of a line may not stand in a name.
  for (const std::string_view text : {module, name}) {
    if (text.find_first_of("\t\n") != text.npos) return {};
  }
  std::string key;
  const auto find = [&key](std::string_view table, std::string_view in, std::string_view what) {
    key.assign(in);
    key += '\t';
    key += what;
    key += '\t';
    return FindLine(table, key);
  };
  for (const std::string_view table : {kBuiltinScanNames, kBuiltinScanLibraries}) {
    const std::string_view line = find(table, module, name);
    if (!line.empty()) return PolicyOf(line);
  }
  for (std::string_view package = module; !package.empty();) {
    const std::string_view line = find(kBuiltinScanNames, package, "*");
    if (!line.empty()) return PolicyOf(line);
    const size_t dot = package.rfind('.');
    package = dot == package.npos ? std::string_view() : package.substr(0, dot);
  }
  return {};
}

bool IsDunder(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

}  // namespace scan
}  // namespace weighlock
