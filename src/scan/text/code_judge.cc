// Code is never called harmless here: it is listed, with what makes it run. A few calls make it
// worse.
#include "scan/text/code_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/escape.h"
#include "scan/text/plain_text.h"
#include "scan/text/python_imports.h"
#include "scan/text/source_text.h"

namespace weighlock::scan {
namespace {

// What runs a file of this name, as the end of a sentence.
std::string_view RunsWhen(std::string_view name, std::string_view path) {
  struct Row {
    std::string_view name, when;
  };
  constexpr std::array kRows = {
      Row{"inference.py", "SageMaker runs it for every request"},
      Row{"handler.py", "an endpoint or TorchServe runs it for every request"},
      Row{"custom_handler.py", "TorchServe runs it for every request"},
      Row{"model_handler.py", "TorchServe runs it for every request"},
      Row{"model.py", "Triton runs it"},
      Row{"pipeline.py", "an endpoint runs it"},
      Row{"setup.py", "pip runs it to install the package"},
      Row{"conftest.py", "pytest runs it"},
      Row{"__init__.py", "an import of its folder runs it"},
  };
  for (const Row& row : kRows) {
    if (row.name == name) return row.when;
  }
  for (const char* prefix : {"modeling_", "configuration_", "tokenization_", "processing_",
                             "image_processing_", "feature_extraction_"}) {
    if (name.starts_with(prefix)) return "trust_remote_code runs it";
  }
  return path.find("/code/") != path.npos || path.starts_with("code/")
             ? "it lies in code/, which serving imports from"
             : "whoever imports it runs it";
}

// Modules that Python imports unasked.
constexpr std::array kAtStart = {"sitecustomize", "usercustomize"};

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Whether the quote at `at` begins a string whose parts in braces are code: f"...", rf'...'.
bool IsFormatted(std::string_view text, size_t at) {
  bool is_formatted = false;
  size_t begin = at;
  for (; begin > 0 && at - begin < 2; --begin) {
    const char c = text[begin - 1];
    if (std::string_view("rRbBuUfFtT").find(c) == std::string_view::npos) break;
    is_formatted = is_formatted || c == 'f' || c == 'F' || c == 't' || c == 'T';
  }
  return is_formatted && (begin == 0 || !IsWordCharacter(text[begin - 1]));
}

// What stands in braces, as Python runs it where it makes the string.
std::string CodeInBraces(std::string_view string) {
  std::string out;
  int depth = 0;
  for (size_t i = 0; i < string.size(); ++i) {
    const bool is_doubled = depth == 0 && string[i] == '{' && string.substr(i, 2) == "{{";
    if (is_doubled) {
      ++i;
      continue;
    }
    if (string[i] == '}' && depth > 0 && --depth == 0) out += ' ';
    if (depth > 0) out += string[i];
    if (string[i] == '{') ++depth;
  }
  return out;
}

// Python without comments and without what stands in strings: those become empty.
std::string WithoutStrings(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '\'' || c == '"') {
      const std::string_view three = text.substr(i, 3);
      const bool is_long = three.size() == 3 && three[1] == c && three[2] == c;
      const std::string_view quote = is_long ? three : text.substr(i, 1);
      size_t end = i + quote.size();
      while (end < text.size() && text.substr(end, quote.size()) != quote) {
        if (!is_long && text[end] == '\n') break;
        end += text[end] == '\\' ? 2 : 1;
      }
      out += "\"\"";
      const size_t inside = i + quote.size();
      if (IsFormatted(text, i)) out += CodeInBraces(text.substr(inside, end - inside));
      i = std::min(end + quote.size(), text.size());
      continue;
    }
    out += c;
    ++i;
  }
  return out;
}

struct Suspect {
  std::string_view call;  // as it stands in the code
  bool whole_name;        // not an attribute: "eval(", and not "model.eval("
  std::string_view why;
};
constexpr std::array kSuspects = {
    Suspect{"eval(", true, "runs text as code"},
    Suspect{"exec(", true, "runs text as code"},
    Suspect{"__import__(", true, "imports by name"},
    Suspect{"os.system(", false, "starts programs"},
    Suspect{"os.popen(", false, "starts programs"},
    Suspect{"from os import system", false, "starts programs"},
    Suspect{"from os import popen", false, "starts programs"},
    Suspect{"from os import *", false, "starts programs"},
    Suspect{"from subprocess import", false, "starts programs"},
    Suspect{"getattr(os,", true, "looks for programs to start"},
    Suspect{"getattr(subprocess,", true, "looks for programs to start"},
    Suspect{"__builtins__", true, "reaches for Python's own functions"},
    Suspect{"__subclasses__(", false, "reaches for what Python has loaded"},
    Suspect{"runpy.", false, "runs files as code"},
    Suspect{"os.exec", false, "starts programs"},
    Suspect{"os.posix_spawn", false, "starts programs"},
    Suspect{"posix.system(", false, "starts programs"},
    Suspect{"posix.popen(", false, "starts programs"},
    Suspect{"os.spawn", false, "starts programs"},
    Suspect{"subprocess.", false, "starts programs"},
    Suspect{"pty.spawn(", false, "starts programs"},
    Suspect{"ctypes.", false, "calls machine code"},
    Suspect{"marshal.loads(", false, "makes code of bytes"},
    Suspect{"pickle.load", false, "loads a pickle"},
    Suspect{"socket.socket(", false, "opens connections"},
    Suspect{"urllib.request.urlopen(", false, "fetches from elsewhere"},
    Suspect{"urlretrieve(", false, "fetches from elsewhere"},
    Suspect{"importlib.import_module(", false, "imports by name"},
    Suspect{"builtins.", false, "reaches for Python's own functions"},
    Suspect{"b64decode(", false, "unpacks hidden bytes"},
};

void JudgeCalls(const std::string& code, const FileScan& scan) {
  for (const Suspect& suspect : kSuspects) {
    for (size_t at = code.find(suspect.call); at != code.npos;
         at = code.find(suspect.call, at + 1)) {
      const char before = at == 0 ? ' ' : code[at - 1];
      if (IsWordCharacter(before) || (suspect.whole_name && before == '.')) continue;
      scan.Add("WL-S-404", kNoOffset,
               fmt::format("its code has {}...: it {}", suspect.call, suspect.why));
      break;
    }
  }
}

// "package.module:function"
bool NamesFunction(std::string_view line) {
  const size_t colon = line.find(':');
  return colon != line.npos && colon > 0 && colon + 1 < line.size() &&
         std::all_of(line.begin(), line.end(),
                     [](char c) { return IsWordCharacter(c) || c == '.' || c == ':' || c == ' '; });
}

// A folder that modules are looked for in, and that is none beside the file.
bool LeadsElsewhere(std::string_view line) {
  return line.starts_with('/') || line.starts_with('~') || line.starts_with("..") ||
         line.starts_with("\\\\") || line.substr(0, 3).ends_with(":\\");
}

// Whether Python is told to read its source in an encoding in which letters may stand for others.
bool HidesInEncoding(std::string_view text) {
  constexpr std::array<std::string_view, 10> kPlain = {
      "utf-8",  "utf8",  "ascii",  "us-ascii",   "latin-1",
      "latin1", "utf_8", "cp1252", "iso-8859-1", "iso-8859-15"};
  for (int lines = 0; lines < 2; ++lines) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const size_t coding = line.find("coding");
    if (line.find('#') < coding && coding != line.npos && coding + 6 < line.size() &&
        (line[coding + 6] == ':' || line[coding + 6] == '=')) {
      const size_t begin = std::min(line.find_first_not_of(" \t", coding + 7), line.size());
      std::string name;
      for (size_t i = begin;
           i < line.size() && (IsWordCharacter(line[i]) || line[i] == '-' || line[i] == '.'); ++i) {
        name += static_cast<char>(std::tolower(static_cast<unsigned char>(line[i])));
      }
      return !name.empty() && std::find(kPlain.begin(), kPlain.end(), name) == kPlain.end() &&
             !name.starts_with("utf-8");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// Letters that Python takes for those of ASCII where a name stands: full width, and those of
// mathematics.
bool HidesInLetters(std::string_view code) {
  for (size_t i = 0; i + 2 < code.size(); ++i) {
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(code[i + k]); };
    const bool is_wide =
        byte(0) == 0xEF && ((byte(1) == 0xBC && byte(2) >= 0xA1) ||
                            (byte(1) == 0xBD && byte(2) >= 0x81 && byte(2) <= 0x9A));
    const bool is_math = i + 3 < code.size() && byte(0) == 0xF0 && byte(1) == 0x9D &&
                         (byte(2) < 0x9A || (byte(2) == 0x9A && byte(3) <= 0xA3));
    if (is_wide || is_math) return true;
  }
  return false;
}

// Files that a shell, or direnv for it, reads unasked.
bool RunsWithShell(std::string_view name) {
  constexpr std::array<std::string_view, 10> kNames = {
      ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile",
      ".zshrc",  ".zshenv",       ".zprofile",   ".zlogin",      ".envrc"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

bool IsPython(const Subject& subject) {
  if (!IsText(subject)) return false;
  const std::string_view head = AsText(subject.head);
  const std::string_view first = head.substr(0, head.find('\n'));
  return subject.name.ends_with(".py") || subject.name.ends_with(".pyw") ||
         (first.starts_with("#!") && first.find("python") != first.npos);
}

void JudgePython(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  const auto text = TextOf(subject, scan);
  if (!text) return;
  const std::string path = "/" + subject.place.chain.back();
  const bool at_start = std::any_of(kAtStart.begin(), kAtStart.end(), [&](const char* module) {
    return path.ends_with(fmt::format("/{}.py", module)) ||
           path.ends_with(fmt::format("/{}/__init__.py", module));
  });
  scan.Add(at_start ? "WL-S-403" : "WL-S-402", kNoOffset,
           fmt::format("Python code: {}",
                       at_start ? "Python runs it at each start" : RunsWhen(subject.name, path)));
  const std::string code = WithoutStrings(*text);
  JudgeCalls(WithFullNames(code), scan);
  if (HidesInEncoding(*text) || HidesInLetters(code)) {
    scan.Add("WL-S-404", kNoOffset, "its code is written in letters that Python reads as others");
  }
}

bool IsScript(const Subject& subject) {
  if (!IsText(subject)) return false;
  constexpr std::array kEndings = {".sh",   ".bash", ".bat", ".cmd", ".ps1",    ".zsh", ".vbs",
                                   ".js",   ".fish", ".csh", ".ksh", ".hta",    ".wsf", ".psm1",
                                   ".psd1", ".vbe",  ".jse", ".ipy", ".command"};
  return AsText(subject.head).starts_with("#!") || RunsWithShell(subject.name) ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](const char* ending) { return subject.name.ends_with(ending); });
}

void JudgeScript(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  scan.Add("WL-S-402", kNoOffset,
           RunsWithShell(subject.name) ? "a script: a shell runs it where it starts, or enters"
                                       : "a script: whoever starts it runs it");
}

bool IsSiteFile(const Subject& subject) {
  return (subject.name.ends_with(".pth") || subject.name.ends_with(".start")) && IsText(subject);
}

void JudgeSiteFile(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  const auto text = TextOf(subject, scan);
  if (!text) return;
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  ForEachLine(WithPlainBreaks(*text), [&](std::string_view line, size_t at) {
    if (at == 0 && line.starts_with(kMark)) line.remove_prefix(kMark.size());
    if (line.starts_with("import ") || line.starts_with("import\t")) {
      scan.Add("WL-S-403", at,
               fmt::format("a line that Python runs at each start: {}", Quote(line, 80)));
    } else if (subject.name.ends_with(".start") ? NamesFunction(line) : LeadsElsewhere(line)) {
      ScanFinding& finding =
          scan.Add("WL-S-403", at,
                   subject.name.ends_with(".start")
                       ? fmt::format("Python calls it at each start: {}", Quote(line, 80))
                       : fmt::format("Python imports from it at each start: {}", Quote(line, 80)));
      if (subject.name.ends_with(".start")) return;
      finding.level = Level::kMedium;
      finding.verdict = ScanVerdict::kReview;
    }
  });
}

}  // namespace weighlock::scan
