// Line by line, as configparser reads it: keys in any case, "=" or ":" behind them, lines that are
// indented go on. What is evaluated must be literals and names of the logging module.
#include "scan/text/settings_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/escape.h"
#include "scan/text/called_names.h"
#include "scan/text/plain_text.h"
#include "scan/text/server_keys.h"

namespace weighlock::scan {
namespace {

constexpr size_t kMostSaid = 100;

constexpr std::array<std::string_view, 19> kSigns = {
    "[handler_",     "[formatter_",  "_target_",      "_component_", "\\u005",
    "\\U0000005",    "[program:",    "[Desktop Ent",  "[autorun",    "[AutoRun",
    "[Service]",     "[Shell]",      "LD_PRELOAD",    "BASH_ENV",    "PYTHONSTARTUP",
    "[InternetShor", "[.ShellClass", "Windows Regis", "REGEDIT4"};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\f\v";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '.' || byte >= 0x80;
}

template <size_t N>
bool IsAmong(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// "RotatingFileHandler" of "logging.handlers.RotatingFileHandler"
std::string_view WithoutModule(std::string_view name) {
  if (name.starts_with("logging.")) name.remove_prefix(8);
  if (name.starts_with("handlers.")) name.remove_prefix(9);
  return name;
}

// What logging knows besides that tells where the log lies, and may be called.
bool TellsPlace(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {
      "os.path.join", "os.path.expanduser", "os.path.abspath", "os.path.dirname",
      "os.getenv",    "os.environ.get",     "os.getpid",       "time.strftime"};
  return IsAmong(name, kNames);
}

// Whether a name is one that handlers are made and told with.
bool IsOfLogging(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"sys.stdout", "sys.stderr", "None", "True",
                                                      "False",      "and",        "or"};
  if (IsAmong(name, kNames) || TellsPlace(name)) return true;
  name = WithoutModule(name);
  const size_t dot = name.find('.');
  if (dot != name.npos && name.substr(0, dot).ends_with("Handler")) name.remove_prefix(dot + 1);
  const bool is_constant = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  return is_constant && name.find("__") == name.npos;
}

// The end of a literal of Python that begins at `at` with its quote; npos where it has none.
size_t EndOfString(std::string_view text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at < text.size() ? at + 1 : text.npos;
}

// "('a.log', 'w', sys.stdout, 10)", "{'stream': sys.stdout}": literals, names of logging, and
// nothing that is called.
bool IsOfLiterals(std::string_view text) {
  bool after_value = false;  // a bracket behind a value calls it, or takes a part of it
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\'' || c == '"') {
      const size_t end = EndOfString(text, at);
      // configparser puts other texts in place of these, and they may end the literal.
      const std::string_view inner = text.substr(at, end == text.npos ? text.npos : end - at);
      size_t percent = inner.find("%(");
      while (percent != inner.npos && inner.substr(percent).starts_with("%(here)s")) {
        percent = inner.find("%(", percent + 1);
      }
      if (end == text.npos || percent != inner.npos) return false;
      at = end;
      after_value = true;
    } else if (IsNameByte(c)) {
      size_t end = at;
      while (end < text.size() && IsNameByte(text[end])) ++end;
      const std::string_view name = text.substr(at, end - at);
      const bool is_number = std::isdigit(static_cast<unsigned char>(c)) != 0;
      if (!is_number && !IsOfLogging(name)) return false;
      after_value = !TellsPlace(name);
      at = end;
    } else {
      if ((c == '(' || c == '[') && after_value) return false;
      if (std::string_view("()[]{},:-+*| \t\r\n").find(c) == text.npos) return false;
      if (c == ')' || c == ']') {
        after_value = true;
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        after_value = false;
      }
      ++at;
    }
  }
  return true;
}

bool IsDotted(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsNameByte);
}

bool HoldsLogging(std::string_view text) {
  return text.find("[handler_") != text.npos || text.find("[formatter_") != text.npos;
}

class SettingsJudge {
 public:
  SettingsJudge(const Subject& subject, const FileScan& scan) : subject_(subject), scan_(scan) {}

  void Judge(std::string_view text) {
    const std::string lines = WithPlainBreaks(text);
    has_logging_ = HoldsLogging(text);
    if (lines.starts_with("Windows Registry Editor") || lines.starts_with("REGEDIT4")) {
      Add("WL-S-442", "Windows takes what it says into its registry");
    }
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    for (size_t at = lines.starts_with(kMark) ? kMark.size() : 0; at < lines.size();) {
      const size_t end = std::min(lines.find('\n', at), lines.size());
      Line(std::string_view(lines).substr(at, end - at), at);
      at = end + 1;
    }
    EndValue();
  }

 private:
  void Line(std::string_view line, size_t at) {
    const std::string_view content = Trimmed(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') return;
    const size_t indent = line.find(content[0]);
    if (IsToml()) Targets(line, at);
    if (indent > indent_ && !key_.empty() && !IsToml()) {
      value_ += ' ';
      value_ += content;
      return;
    }
    indent_ = indent;
    EndValue();
    if (content[0] == '[') {
      section_ = Lower(content.substr(1, content.find(']') - 1));
      return;
    }
    size_t equals = content.find_first_of("=:");
    if (equals == content.npos) return;
    std::string_view key = Trimmed(content.substr(0, equals));
    if (key.starts_with("export ")) key = Trimmed(key.substr(7));
    key_ = Lower(key);
    value_ = Trimmed(content.substr(equals + 1));
    at_ = at;
  }

  bool IsToml() const { return subject_.name.ends_with(".toml"); }

  void EndValue() {
    if (!key_.empty() && said_ < kMostSaid) Setting();
    key_.clear();
    value_.clear();
  }

  ScanFinding& Add(std::string_view rule, std::string text) {
    ++said_;
    return scan_.Add(rule, at_, std::move(text));
  }

  void Setting() {
    // What a section does not have, configparser takes from the default one.
    const bool is_default = has_logging_ && section_ == "default";
    if (is_default || section_.starts_with("handler_") || section_.starts_with("formatter_")) {
      return Logging();
    }
    if (StartsProgram()) {
      Add("WL-S-442", fmt::format("a program is started: {}", Quote(key_ + "=" + value_, 80)));
      return;
    }
    constexpr std::array<std::string_view, 4> kVariables = {
        "ld_preload", "bash_env", "pythonstartup", "dyld_insert_libraries"};
    if (IsAmong(std::string_view(key_), kVariables)) {
      ++said_;
      JudgeServerKey(key_, value_, at_, scan_);
    }
  }

  // Whether a shell or a daemon runs the value of this key.
  bool StartsProgram() const {
    if (section_.starts_with("program:")) return key_ == "command";  // supervisor
    if (section_ == "desktop entry") return key_ == "exec";
    if (section_ == "autorun") return key_ == "open" || key_ == "shellexecute";
    if (section_ == "shell") return key_ == "command" || key_ == "iconfile";
    if (section_ == "internetshortcut" || section_ == ".shellclassinfo") {
      const std::string value = Lower(value_);
      return value.find("\\\\") != value.npos || value.starts_with("file:");
    }
    return section_ == "service" && key_.starts_with("exec");  // systemd
  }

  void Logging() {
    const bool is_arguments = key_ == "args" || key_ == "kwargs";
    if (is_arguments ? IsOfLiterals(value_) : key_ != "class" || IsClassOfLogging()) return;
    if (!is_arguments && IsDotted(value_)) {
      // No expression: imported, and called with a format or the arguments beside it.
      ScanFinding& finding =
          Add("WL-S-441", fmt::format("Python's logging imports {}", Quote(value_, 80)));
      if (!IsDangerousTarget(value_)) return;
      finding.level = Level::kCritical;
      finding.verdict = ScanVerdict::kDangerous;
      return;
    }
    Add("WL-S-440", fmt::format("fileConfig evaluates {} as Python", Quote(value_, 80)));
  }

  // "StreamHandler", "logging.handlers.RotatingFileHandler", "logging.Formatter"
  bool IsClassOfLogging() const {
    if (value_.empty()) return true;
    const std::string_view name = WithoutModule(value_);
    return IsDotted(name) && name.find('.') == name.npos &&
           (name.ends_with("Handler") || name == "Formatter");
  }

  // `_target_ = "os.system"` of a table, in one or in many lines.
  void Targets(std::string_view line, size_t begin) {
    const size_t escape = std::min(line.find("\\u005"), line.find("\\U0000005"));
    if (escape < std::min(line.find('='), line.size()) && said_++ < kMostSaid) {
      scan_
          .Add("WL-S-371", begin + escape,
               "an underscore is written as an escape: what is named is hidden")
          .level = Level::kMedium;
    }
    for (const std::string_view key : {"_target_", "_component_"}) {
      for (size_t at = 0; (at = line.find(key, at)) != line.npos;) {
        at += key.size();
        const size_t equals = line.find_first_not_of("\"' \t", at);
        if (equals == line.npos || line[equals] != '=') continue;
        const size_t quote = line.find_first_not_of(" \t", equals + 1);
        if (quote == line.npos || (line[quote] != '"' && line[quote] != '\'')) continue;
        const size_t text = line.find_first_not_of(line[quote], quote);
        if (text == line.npos && said_++ < kMostSaid) {
          scan_
              .Add("WL-S-371", begin + quote,
                   fmt::format("what stands under {} is spread over lines", Quote(key)))
              .level = Level::kMedium;
        }
        const size_t end = text == line.npos ? text : line.find(line[quote], text);
        if (end == line.npos || said_++ >= kMostSaid) continue;
        JudgeTarget(line.substr(text, end - text), begin + text, scan_);
      }
    }
  }

  const Subject& subject_;
  const FileScan& scan_;
  std::string section_, key_, value_;  // in lower case, but the value
  size_t at_ = 0;                      // where the key stands
  size_t indent_ = 0;                  // blanks before it
  size_t said_ = 0;
  bool has_logging_ = false;
};

}  // namespace

bool HoldsSettingsSigns(std::string_view text) {
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return text.find(sign) != text.npos; });
}

bool MayBeSettings(const Subject& subject) {
  constexpr std::array<std::string_view, 11> kEndings = {".conf",    ".ini",  ".cfg", ".cnf",
                                                         ".config",  ".toml", ".env", ".service",
                                                         ".desktop", ".inf",  ".scf"};
  constexpr uint64_t kMostOfAnyName = uint64_t{1} << 20;  // larger ones are texts
  return subject.source.size() <= kMostOfAnyName ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return subject.name.ends_with(ending); });
}

void JudgeLogging(const Subject& subject, std::string_view text, const FileScan& scan) {
  if (HoldsLogging(text)) SettingsJudge(subject, scan).Judge(text);
}

bool IsEntryPoints(const Subject& subject) {
  const std::string& path = subject.place.chain.back();
  return path.ends_with(".dist-info/entry_points.txt") ||
         path.ends_with(".egg-info/entry_points.txt");
}

void JudgeEntryPoints(std::string_view text, const FileScan& scan) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = Trimmed(text.substr(at, end - at));
    const bool is_group = line.starts_with('[') && line.ends_with(']');
    if (is_group && line != "[console_scripts]" && line != "[gui_scripts]") {
      ScanFinding& finding =
          scan.Add("WL-S-444", at, fmt::format("it offers code to {}", Quote(line, 60)));
      if (line != "[torch.backends]") return;
      finding.level = Level::kHigh;
      finding.verdict = ScanVerdict::kDangerous;
      return;
    }
    at = end + 1;
  }
}

void JudgeSettings(const Subject& subject, std::string_view text, const FileScan& scan) {
  if (HoldsSettingsSigns(text)) SettingsJudge(subject, scan).Judge(text);
}

}  // namespace weighlock::scan
