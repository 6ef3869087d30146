// Line by line: a line is only taken out where it can be nothing else, whatever stands around it.
#include "scan/text/project_file.h"

#include <algorithm>
#include <array>

#include "scan/text/source_text.h"

namespace weighlock::scan {
namespace {

// "[ project . urls ]  # x" as "project.urls"; empty where the line is no header.
std::string SectionOf(std::string_view line) {
  line = Trimmed(line);
  const size_t end = line.find(']');
  if (!line.starts_with('[') || end == line.npos) return {};
  std::string section(line.substr(1, end - 1));
  std::erase_if(section, [](char c) { return c == ' ' || c == '\t'; });
  return section;
}

// One key and its whole value, which tools show to people.
bool IsDescription(std::string_view section, std::string_view line) {
  if (section == "project.urls" || section == "tool.poetry.urls") return true;
  if (section != "project" && section != "tool.poetry") return false;
  const size_t sign = line.find('=');
  if (sign == line.npos) return false;
  const std::string_view key = Trimmed(line.substr(0, sign));
  constexpr std::array<std::string_view, 6> kKeys = {"homepage",    "repository", "documentation",
                                                     "description", "license",    "urls"};
  const bool is_known =
      std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() || key.starts_with("urls.");
  const auto count = [&](char c) { return std::count(line.begin(), line.end(), c); };
  return is_known && count('[') == count(']') && count('{') == count('}');
}

// Sections and keys of TOML. Strings of many lines could hold what looks like either.
bool HasLongStrings(std::string_view text) {
  return text.find("\"\"\"") != text.npos || text.find("'''") != text.npos;
}

}  // namespace

std::string WithoutDescription(std::string_view name, std::string_view text) {
  std::string out(text);
  const bool is_toml = name == "pyproject.toml" && !HasLongStrings(text);
  if (!is_toml && name != "setup.cfg") return out;
  std::string section;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (const std::string next = SectionOf(line); !next.empty()) {
      // Of setup.cfg an indented header may be one, or the value of the option above it.
      const bool may_be_value = !is_toml && line[0] != '[';
      section = may_be_value ? "?" : next;
    } else if (is_toml ? IsDescription(section, line) : section == "metadata") {
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(at),
                out.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    }
    at = end + 1;
  }
  return out;
}

}  // namespace weighlock::scan
