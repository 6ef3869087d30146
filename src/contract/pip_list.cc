// Line by line, as pip reads them: continued lines joined, comments and options taken off. What
// the lines say is taken, what they point to (other files, addresses) is not opened.
#include "contract/pip_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "contract/conda_file.h"
#include "contract/direct_reference.h"
#include "contract/pip_marker.h"
#include "contract/text_file.h"

namespace weighlock {
namespace {

constexpr std::string_view kNameBytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
// Lines that are noted one by one; further ones are counted.
constexpr size_t kMostNotes = 20;

// "--hash=sha256:..." and other options of one requirement.
std::string_view WithoutOptions(std::string_view text) {
  for (const char* option : {" --", "\t--"}) text = text.substr(0, text.find(option));
  return TrimSpace(text);
}

struct LogicalLine {
  uint64_t number;  // of its first line
  std::string text;
  bool editable = false;  // named by a comment of pip freeze
};

// A "#" begins a comment at the start of a line or behind a space.
std::string_view WithoutComment(std::string_view line) {
  for (size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

// pip freeze names in a comment what the line behind it ("-e /src/x") does not:
// "# Editable install with no version control (transformers==4.40.0)".
std::string_view EditableIn(std::string_view comment) {
  constexpr std::string_view kSign = "# Editable install with no version control (";
  const size_t end = comment.rfind(')');
  if (!comment.starts_with(kSign) || end == comment.npos || end < kSign.size()) return {};
  return comment.substr(kSign.size(), end - kSign.size());
}

// "transformers==4.30.2" of the columns that pip list prints; empty: the line is none of them.
std::string RowOfPipList(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == line.npos) return {};
  std::string_view version = TrimSpace(line.substr(space));
  version = version.substr(0, version.find(' '));  // behind it the place of an editable package
  if (line.starts_with("---") || !Version::Parse(version)) return {};
  return fmt::format("{}=={}", line.substr(0, space), version);
}

// "torch==1.9.0" of "pytorch=1.9.0=py3.8_cuda10.2_0", as conda list --export prints it; empty: the
// line is none of them. What has no version there ("_libgcc_mutex=0.1=main") is a package too.
std::string RowOfCondaList(std::string_view line) {
  const size_t first = line.find('=');
  const size_t second = line.find('=', std::min(first, line.size() - 1) + 1);
  if (first == line.npos || second == line.npos || second == first + 1) return {};
  if (line.find('=', second + 1) != line.npos || line.find(' ') != line.npos) return {};
  const std::string_view name = line.substr(0, first);
  return IsComponentName(name)
             ? fmt::format("{}=={}", PipNameOf(name), line.substr(first + 1, second - first - 1))
             : std::string();
}

bool IsHeadOfPipList(std::string_view line) {
  return line.starts_with("Package ") && TrimSpace(line.substr(8)).starts_with("Version");
}

std::vector<LogicalLine> LogicalLines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool continued = false;
  uint64_t number = 0;
  for (std::string_view line : Lines(text)) {
    ++number;
    const std::string_view editable = EditableIn(line);
    line = TrimSpace(editable.empty() ? WithoutComment(line) : editable);
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line = TrimSpace(line.substr(0, line.size() - 1));
    if (continued) {
      lines.back().text += fmt::format(" {}", line);
    } else {
      lines.push_back({number, std::string(line), !editable.empty()});
    }
    continued = goes_on;
  }
  for (LogicalLine& line : lines) line.text = std::string(TrimSpace(line.text));
  std::erase_if(lines, [](const LogicalLine& line) { return line.text.empty(); });
  return lines;
}

class Reader {
 public:
  Reader(const std::string& path, const Component* python) : path_(path), python_(python) {}

  Result<PipList> Read(std::string_view text) {
    const std::string name = path_.substr(path_.rfind('/') + 1);
    bool is_freeze =
        name.find("requirements") == name.npos && name.find("constraints") == name.npos;
    std::string last;
    std::vector<LogicalLine> lines = LogicalLines(text);
    const bool columns = !lines.empty() && IsHeadOfPipList(lines[0].text);
    if (columns) lines = RowsOf(lines, RowOfPipList);
    list_.of_conda = !columns && IsListOfConda(lines);
    if (list_.of_conda) lines = RowsOf(lines, RowOfCondaList);
    for (const LogicalLine& line : lines) {
      if (line.text[0] == '-') {
        is_freeze = Option(line) && is_freeze;
        continue;
      }
      auto requirement = ReadRequirement(line.text, python_);
      if (!requirement) return LineError(path_, line.number, requirement.error().what());
      if (!requirement->note.empty()) Note(line.number, requirement->note);
      if (requirement->name.empty()) {
        passes_over_ |= requirement->never_holds;
        is_freeze = false;
        continue;
      }
      is_freeze = is_freeze && requirement->pinned &&
                  (columns || list_.of_conda || line.editable || last <= requirement->name);
      if (line.editable) named_editable_ = line.number;
      last = line.editable ? last : requirement->name;
      WL_CHECKED(Take(line.number, *std::move(requirement)));
    }
    // A list of conditions that do not hold installs nothing.
    if (list_.target.components.empty() && !passes_over_) {
      return Error(Code::kUsage, "no line of it names a package and a version", kNoOffset, path_);
    }
    if (unnoted_ > 0) list_.notes.push_back(fmt::format("and {} more lines", unnoted_));
    list_.complete = is_freeze && (columns || list_.of_conda || IsAllThatIsThere(name));
    return std::move(list_);
  }

 private:
  // Lines of another form as requirements.
  static std::vector<LogicalLine> RowsOf(const std::vector<LogicalLine>& lines,
                                         std::string (*row_of)(std::string_view)) {
    std::vector<LogicalLine> rows;
    for (const LogicalLine& line : lines) {
      std::string row = row_of(line.text);
      if (!row.empty()) rows.push_back({line.number, std::move(row)});
    }
    return rows;
  }

  static bool IsListOfConda(const std::vector<LogicalLine>& lines) {
    return !lines.empty() && std::all_of(lines.begin(), lines.end(), [](const LogicalLine& line) {
      return !RowOfCondaList(line.text).empty();
    });
  }

  // Pins in order are also what careful people write by hand. Where all is listed that is there,
  // what transformers and torch never come without is there too.
  bool IsAllThatIsThere(const std::string& name) const {
    const auto has = [&](std::initializer_list<const char*> names) {
      return std::all_of(names.begin(), names.end(),
                         [&](const char* one) { return list_.target.Find(one) != nullptr; });
    };
    if (has({"transformers"}) && !has({"tokenizers", "numpy"})) return false;
    if (name.find("freeze") != std::string::npos) return true;
    if (has({"transformers"})) return has({"tqdm", "regex", "packaging"});
    constexpr size_t kMany = 12;
    return has({"torch", "typing-extensions"}) && list_.target.components.size() >= kMany;
  }

  void Note(uint64_t line, std::string_view what) {
    if (list_.notes.size() < kMostNotes) {
      list_.notes.push_back(fmt::format("line {}: {}", line, what));
    } else {
      ++unnoted_;
    }
  }

  // Whether pip freeze writes such a line.
  bool Option(const LogicalLine& line) {
    const std::string_view text = line.text;
    const auto is = [&](std::string_view option) {
      return text == option || text.starts_with(fmt::format("{} ", option)) ||
             text.starts_with(fmt::format("{}=", option));
    };
    // pip takes "-rbase.txt" too.
    const bool file = text.starts_with("-r") || text.starts_with("-c");
    if (file || is("--requirement") || is("--constraint")) {
      Note(line.number, fmt::format("{} is not read", Quote(text, 80)));
      return false;
    }
    if (is("-e") || is("--editable")) {
      const size_t space = std::min(text.find_first_of(" ="), text.size());
      Editable(line, TrimSpace(text.substr(std::min(space + 1, text.size()))));
      return true;
    }
    return false;  // where to look, and what to do: nothing about what is installed
  }

  void Editable(const LogicalLine& line, std::string_view address) {
    Requirement requirement = ReadEditable(address);
    if (requirement.name.empty()) {
      // What a comment of pip freeze above it named is taken already.
      if (named_editable_ + 1 != line.number) {
        Note(line.number, fmt::format("{} names no package", Quote(line.text, 80)));
      }
      return;
    }
    if (!requirement.note.empty()) Note(line.number, requirement.note);
    if (!requirement.component.version) list_.addressed.insert(requirement.name);
    list_.target.components.emplace(requirement.name, std::move(requirement.component));
  }

  Status Take(uint64_t line, Requirement requirement) {
    const std::string text = requirement.component.Text();
    if (requirement.pinned && !requirement.component.version) {
      list_.addressed.insert(requirement.name);
    }
    if (requirement.conditional) list_.conditional.insert(requirement.name);
    const auto [place, is_new] =
        list_.target.components.emplace(requirement.name, std::move(requirement.component));
    if (is_new) {
      places_[requirement.name] = {line, !requirement.note.empty()};
      return {};
    }
    const auto& [first, conditional] = places_[requirement.name];
    if (place->second.Text() == text) return {};
    if (conditional && !requirement.note.empty()) {
      place->second = Component{};  // which of the two, their conditions say
      return {};
    }
    return LineError(path_, line,
                     fmt::format("{} is named twice, and otherwise in line {}",
                                 Quote(requirement.name, 80), first));
  }

  const std::string& path_;
  const Component* python_;
  PipList list_;
  std::map<std::string, std::pair<uint64_t, bool>> places_;  // line, and whether it was noted
  bool passes_over_ = false;
  size_t unnoted_ = 0;
  uint64_t named_editable_ = 0;  // the line in which a comment named what the next one installs
};

}  // namespace

bool IsComponentName(std::string_view name) {
  return !name.empty() && name.find_first_not_of(kNameBytes) == name.npos;
}

namespace {

// "transformers @ https://...", "transformers[torch]@https://...".
bool HasNameBeforeAddress(std::string_view text) {
  size_t end = std::min(text.find_first_not_of(kNameBytes), text.size());
  if (end == 0) return false;
  std::string_view rest = TrimSpace(text.substr(end));
  if (rest.starts_with('[')) {
    end = rest.find(']');
    if (end == rest.npos) return true;  // which is an error
    rest = TrimSpace(rest.substr(end + 1));
  }
  return rest.starts_with('@');
}

// pip freeze never writes an address without a name before it.
Requirement OfReference(const DirectReference& reference, std::string_view address) {
  Requirement requirement;
  requirement.name = reference.name;
  if (reference.guessed) {
    requirement.note =
        fmt::format("{} is taken for the package {}", Quote(address, 80), reference.name);
  }
  if (reference.version.empty()) return requirement;
  if (auto component = ParseComponent(reference.version)) {
    requirement.component = *std::move(component);
  }
  return requirement;
}

}  // namespace

Requirement ReadEditable(std::string_view address) {
  const DirectReference reference = ReadDirectReference(address);
  return reference.name.empty() ? Requirement() : OfReference(reference, address);
}

Result<Requirement> ReadRequirement(std::string_view text, const Component* python) {
  const auto bad = [&] {
    return Error(Code::kUsage, fmt::format("{}: wanted a requirement like transformers>=4.36,<4.40",
                                           Quote(text, 80)));
  };
  Requirement requirement;
  const bool address = text.find("://") != text.npos || text[0] == '.' || text[0] == '/';
  const size_t semicolon = address ? text.find(" ;") : text.find(';');
  if (address && !HasNameBeforeAddress(text)) {
    const std::string_view own = WithoutOptions(text.substr(0, semicolon));
    const DirectReference reference = ReadDirectReference(own);
    if (!reference.name.empty()) return OfReference(reference, own);
    requirement.note = fmt::format("{} names no package", Quote(text, 80));
    return requirement;
  }
  std::string_view rest = WithoutOptions(text.substr(0, semicolon));
  const std::string_view marker = semicolon == text.npos ? "" : text.substr(semicolon + 1);
  const size_t end = std::min(rest.find_first_not_of(kNameBytes), rest.size());
  if (end == 0) return bad();
  const std::string name = NormalisedName(rest.substr(0, end));
  rest = TrimSpace(rest.substr(end));
  if (rest.starts_with('[')) {
    const size_t close = rest.find(']');
    if (close == rest.npos) return bad();
    rest = TrimSpace(rest.substr(close + 1));
  }
  if (rest.starts_with('(') && rest.ends_with(')')) rest = rest.substr(1, rest.size() - 2);
  const std::string_view condition = WithoutOptions(TrimSpace(marker));
  const MarkerAnswer holds =
      condition.empty() ? MarkerAnswer::kHolds : AnswerMarker(condition, python);
  requirement.never_holds = holds == MarkerAnswer::kFails;
  if (requirement.never_holds) return requirement;
  requirement.name = name;
  if (holds == MarkerAnswer::kUnknown) {
    requirement.conditional = true;
    requirement.note = fmt::format("the condition {} is taken to hold", Quote(condition, 80));
  }
  if (rest.starts_with('@')) {
    const DirectReference reference = ReadDirectReference(TrimSpace(rest.substr(1)));
    requirement.component = OfReference({name, reference.version}, rest).component;
    requirement.pinned = true;  // pip freeze writes it of what was installed from a file
    return requirement;
  }
  if (rest.empty()) return requirement;
  if (std::string_view("=<>!~").find(rest[0]) == std::string_view::npos) return bad();
  auto component = ParseComponent(rest);
  requirement.pinned = rest.starts_with("==") && requirement.note.empty();
  if (component) {
    requirement.component = *std::move(component);
    requirement.pinned = requirement.pinned && requirement.component.version.has_value();
  } else {
    requirement.note = fmt::format("{}, so its version is unknown", component.error().what());
  }
  return requirement;
}

Result<PipList> ReadPipList(const std::string& path, std::string_view text,
                            const Component* python) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Reader(path, python).Read(text);
}

}  // namespace weighlock
