// Line by line, as pip reads them: continued lines joined, comments and options taken off. What
// the lines say is taken, what they point to (other files, addresses) is not opened.
#include "contract/pip_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "contract/text_file.h"

namespace weighlock {
namespace {

constexpr std::string_view kNameBytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
// Lines that are noted one by one; further ones are counted.
constexpr size_t kMostNotes = 20;

// Whether a condition can only hold on a system that no server runs.
bool IsForDesktops(std::string_view marker) {
  for (const char* system : {"win32", "darwin", "Windows", "Darwin"}) {
    const size_t at = marker.find(system);
    if (at == std::string_view::npos) continue;
    const std::string_view before = marker.substr(0, at);
    const size_t op = before.find_last_not_of(" '\"");
    if (op != std::string_view::npos && op > 0 && before.substr(op - 1, 2) == "==") return true;
  }
  return false;
}

// "--hash=sha256:..." and other options of one requirement.
std::string_view WithoutOptions(std::string_view text) {
  for (const char* option : {" --hash", " --config-settings", " --global-option"}) {
    text = text.substr(0, text.find(option));
  }
  return TrimSpace(text);
}

struct LogicalLine {
  uint64_t number;  // of its first line
  std::string text;
};

// A "#" begins a comment at the start of a line or behind a space.
std::string_view WithoutComment(std::string_view line) {
  for (size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
  }
  return line;
}

std::vector<LogicalLine> LogicalLines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool continued = false;
  uint64_t number = 0;
  for (std::string_view line : Lines(text)) {
    ++number;
    line = TrimSpace(WithoutComment(line));
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line = TrimSpace(line.substr(0, line.size() - 1));
    if (continued) {
      lines.back().text += fmt::format(" {}", line);
    } else {
      lines.push_back({number, std::string(line)});
    }
    continued = goes_on;
  }
  for (LogicalLine& line : lines) line.text = std::string(TrimSpace(line.text));
  std::erase_if(lines, [](const LogicalLine& line) { return line.text.empty(); });
  return lines;
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<PipList> Read(std::string_view text) {
    const std::string name = path_.substr(path_.rfind('/') + 1);
    bool is_freeze =
        name.find("requirements") == name.npos && name.find("constraints") == name.npos;
    std::string last;
    for (const LogicalLine& line : LogicalLines(text)) {
      if (line.text[0] == '-') {
        is_freeze = Option(line) && is_freeze;
        continue;
      }
      auto requirement = ReadRequirement(line.text);
      if (!requirement) return LineError(path_, line.number, requirement.error().what());
      if (!requirement->note.empty()) Note(line.number, requirement->note);
      if (requirement->name.empty()) {
        is_freeze = false;
        continue;
      }
      is_freeze = is_freeze && requirement->pinned && last <= requirement->name;
      last = requirement->name;
      WL_CHECKED(Take(line.number, *std::move(requirement)));
    }
    if (list_.target.components.empty()) {
      return Error(Code::kUsage, "no line of it names a package and a version", kNoOffset, path_);
    }
    if (unnoted_ > 0) list_.notes.push_back(fmt::format("and {} more lines", unnoted_));
    // transformers was never installed without these.
    const Target& target = list_.target;
    list_.complete =
        is_freeze && (target.Find("transformers") == nullptr ||
                      (target.Find("tokenizers") != nullptr && target.Find("numpy") != nullptr));
    return std::move(list_);
  }

 private:
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
    if (is("-r") || is("--requirement") || is("-c") || is("--constraint")) {
      Note(line.number, fmt::format("{} is not read", Quote(text, 80)));
      return false;
    }
    if (is("-e") || is("--editable")) {
      const size_t egg = text.find("#egg=");
      const std::string_view rest = egg == text.npos ? "" : text.substr(egg + 5);
      const std::string name =
          NormalisedName(rest.substr(0, std::min(rest.find_first_not_of(kNameBytes), rest.size())));
      if (name.empty()) {
        Note(line.number, fmt::format("{} names no package", Quote(text, 80)));
      } else {
        list_.target.components.emplace(name, Component{});
        list_.addressed.insert(name);
      }
      return true;
    }
    return false;  // where to look, and what to do: nothing about what is installed
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
  PipList list_;
  std::map<std::string, std::pair<uint64_t, bool>> places_;  // line, and whether it was noted
  size_t unnoted_ = 0;
};

}  // namespace

bool IsComponentName(std::string_view name) {
  return !name.empty() && name.find_first_not_of(kNameBytes) == name.npos;
}

Result<Requirement> ReadRequirement(std::string_view text) {
  const auto bad = [&] {
    return Error(Code::kUsage, fmt::format("{}: wanted a requirement like transformers>=4.36,<4.40",
                                           Quote(text, 80)));
  };
  Requirement requirement;
  const bool address = text.find("://") != text.npos || text[0] == '.' || text[0] == '/';
  const size_t at_sign = text.find(" @ ");
  const size_t semicolon = address ? text.find(" ;") : text.find(';');
  if (address && at_sign == text.npos) {
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
  if (IsForDesktops(marker)) return requirement;
  requirement.name = name;
  if (!TrimSpace(marker).empty()) {
    requirement.conditional = true;
    requirement.note = fmt::format("the condition {} is taken to hold",
                                   Quote(WithoutOptions(TrimSpace(marker)), 80));
  }
  if (rest.starts_with('@')) {
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

Result<PipList> ReadPipList(const std::string& path, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Reader(path).Read(text);
}

}  // namespace weighlock
