// Told by name: what is worth knowing is that somebody may build or run it. Where a tool runs it
// unasked (git, npm), it is read.
#include "scan/text/recipe_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/escape.h"
#include "json/json.h"
#include "scan/text/json_judge.h"
#include "scan/text/plain_text.h"
#include "scan/text/settings_judge.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostText = uint64_t{4} << 20;

template <size_t N>
bool IsAmong(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

template <size_t N>
bool Holds(std::string_view text, const std::array<std::string_view, N>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != text.npos; });
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

bool IsSource(std::string_view name) {
  constexpr std::array<std::string_view, 57> kEndings = {
      "gin", "asm",   "awk", "c",     "cc",         "cjs",   "cl",   "clj", "cmake",  "cpp",
      "cs",  "cu",    "cuh", "cxx",   "dockerfile", "f90",   "glsl", "go",  "gradle", "groovy",
      "h",   "hh",    "hip", "hpp",   "hs",         "ipynb", "java", "jl",  "jsx",    "kt",
      "ll",  "lua",   "m",   "mak",   "metal",      "mjs",   "mk",   "mm",  "mojo",   "nim",
      "php", "pl",    "ptx", "pxd",   "pyi",        "pyx",   "r",    "rb",  "rmd",    "rs",
      "s",   "scala", "sql", "swift", "tcl",        "ts",    "zig"};
  const size_t dot = name.rfind('.');
  return dot != name.npos && dot > 0 && IsAmong(name.substr(dot + 1), kEndings);
}

bool IsBuild(std::string_view name) {
  constexpr std::array<std::string_view, 36> kNames = {"makefile",
                                                       "gnumakefile",
                                                       "justfile",
                                                       "jenkinsfile",
                                                       "vagrantfile",
                                                       "rakefile",
                                                       "procfile",
                                                       "snakefile",
                                                       "cmakelists.txt",
                                                       "meson.build",
                                                       "cog.yaml",
                                                       "cog.yml",
                                                       "docker-compose.yml",
                                                       "docker-compose.yaml",
                                                       "compose.yml",
                                                       "compose.yaml",
                                                       ".gitlab-ci.yml",
                                                       "azure-pipelines.yml",
                                                       "bentofile.yaml",
                                                       ".pre-commit-config.yaml",
                                                       "tox.ini",
                                                       "dvc.yaml",
                                                       "mlproject",
                                                       "flow.dag.yaml",
                                                       "flow.flex.yaml",
                                                       "taskfile.yml",
                                                       "taskfile.yaml",
                                                       "skaffold.yaml",
                                                       "cloudbuild.yaml",
                                                       "buildspec.yml",
                                                       ".travis.yml",
                                                       "appveyor.yml",
                                                       "earthfile",
                                                       "sconstruct",
                                                       "wscript",
                                                       "meta.yaml"};
  return IsAmong(name, kNames) || name.starts_with("dockerfile") ||
         name.starts_with("containerfile");
}

bool IsHook(std::string_view name, std::string_view path) {
  constexpr std::array<std::string_view, 12> kNames = {
      "post-checkout", "post-merge",     "pre-commit",  "post-commit",
      "pre-push",      "pre-rebase",     "commit-msg",  "prepare-commit-msg",
      "post-rewrite",  "applypatch-msg", "pre-receive", "post-receive"};
  return IsAmong(name, kNames) ||
         (name.find('.') == name.npos && path.find(".git/hooks/") != path.npos);
}

// git's, of a clone or of a bare repository in the package.
bool IsGitConfig(const Subject& subject) {
  constexpr std::array<std::string_view, 4> kNames = {"config", ".gitconfig", "config.worktree",
                                                      ".gitmodules"};
  constexpr std::array<std::string_view, 8> kSections = {
      "[core", "[filter", "[include", "[diff", "[alias", "[merge", "[credential", "[remote"};
  if (!IsAmong(std::string_view(subject.name), kNames)) return false;
  return subject.place.Text().find(".git") != std::string::npos ||
         Holds(Lower(AsText(subject.head)), kSections);
}

// "fsmonitor = command": what git would run, and when.
void JudgeGitLine(std::string_view line, uint64_t at, const FileScan& scan) {
  constexpr std::array<std::string_view, 15> kRun = {
      "fsmonitor", "hookspath",  "sshcommand",  "askpass", "gitproxy",
      "external",  "textconv",   "clean",       "smudge",  "process",
      "driver",    "uploadpack", "receivepack", "command", "program"};
  constexpr std::array<std::string_view, 4> kRunWhenAsked = {"pager", "editor", "helper", "cmd"};
  std::string lower = Lower(line);
  std::string_view rest = Trimmed(lower);
  if (rest.starts_with('['))
    rest = Trimmed(rest.substr(std::min(rest.find(']'), rest.size() - 1) + 1));
  const size_t equals = rest.find('=');
  if (equals == rest.npos) return;
  const std::string_view key = Trimmed(rest.substr(0, equals));
  const std::string_view value = Trimmed(rest.substr(equals + 1));
  const bool is_lfs = value.starts_with("git-lfs ") || value.starts_with("git lfs ");
  if (is_lfs || value.empty() || value == "true" || value == "false") return;
  const bool is_run = IsAmong(key, kRun);
  const bool is_command = value.starts_with('!') || value.starts_with("ext::");
  if (!is_run && !IsAmong(key, kRunWhenAsked) && !is_command) return;
  ScanFinding& finding =
      scan.Add("WL-S-411", at, fmt::format("git runs what it names: {}", Quote(Trimmed(line), 80)));
  finding.level = is_run ? Level::kHigh : Level::kMedium;
  if (is_run) finding.verdict = ScanVerdict::kDangerous;
}

// Calls `take` with each line and its offset.
template <class Take>
void ForEachLine(std::string_view text, Take take) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    take(text.substr(at, end - at), at);
    at = end + 1;
  }
}

// npm runs these when a package is installed.
void JudgeNpmScripts(const Subject& subject, const FileScan& scan) {
  constexpr std::array<std::string_view, 6> kInstalls = {"preinstall", "install",    "postinstall",
                                                         "prepare",    "preprepare", "postprepare"};
  if (subject.source.size() > kMostText) return;  // the judge of JSON says what it is
  const auto bytes = subject.source.Read(0, subject.source.size());
  if (!bytes) return;
  const auto root = ParseJson(*bytes, scan.limits(), DuplicateKeys::kLastCounts);
  const JsonValue* scripts = root ? root->Find("scripts") : nullptr;
  if (scripts == nullptr) return;
  for (const JsonMember& script : scripts->members) {
    if (!IsAmong(std::string_view(script.name), kInstalls)) continue;
    ScanFinding& finding = scan.Add(
        "WL-S-411", script.value.offset,
        fmt::format("npm runs it to install the package: {}", Quote(script.value.text, 80)));
    finding.level = Level::kMedium;
    return;
  }
}

// A line of a .properties file as Java reads it.
struct Setting {
  std::string key, value;
};

Setting SettingOf(std::string_view line) {
  Setting setting;
  std::string* part = &setting.key;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool is_key = part == &setting.key;
    if (line[i] == '\\' && i + 1 < line.size()) {
      ++i;
      uint32_t code = 0;
      size_t digits = 0;
      for (; line[i] == 'u' && digits < 4 && i + 1 + digits < line.size(); ++digits) {
        const char c = line[i + 1 + digits];
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0) break;
        code = code * 16 + static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
      }
      *part += digits == 4 ? (code < 0x80 ? static_cast<char>(code) : '?') : line[i];
      i += digits == 4 ? 4 : 0;
    } else if (is_key && (line[i] == '=' || line[i] == ':' || line[i] == ' ' || line[i] == '\t')) {
      part = &setting.value;
      const size_t begin = line.find_first_not_of(" \t=:", i);
      i = begin == line.npos ? line.size() : begin - 1;
    } else {
      *part += line[i];
    }
  }
  return setting;
}

void JudgeSetting(const Setting& setting, uint64_t at, const FileScan& scan) {
  std::string key = Lower(setting.key);
  if (key.starts_with("option.")) key.erase(0, 7);
  const std::string value = Lower(Trimmed(setting.value));
  const bool is_on = value == "true" || value == "1" || value == "yes";
  const bool is_remote = value.find("://") != value.npos;
  constexpr std::array<std::string_view, 5> kAgents = {"-javaagent", "-agentlib", "-agentpath",
                                                       "onerror", "onoutofmemoryerror"};
  const std::string line = Quote(setting.key + "=" + setting.value, 80);
  if (key == "trust_remote_code" && is_on) {
    scan.Add("WL-S-340", at,
             fmt::format("the server runs code of the model that it loads: {}", line));
  } else if (key == "entrypoint" && !value.starts_with("djl_python")) {
    scan.Add("WL-S-340", at, fmt::format("the server runs it: {}", line));
  } else if (key == "install_py_dep_per_model" && is_on) {
    scan.Add("WL-S-406", at, "the server installs what each model asks for").level = Level::kMedium;
  } else if ((key == "load_models" || key == "model_store" || key == "model_url") && is_remote) {
    scan.Add("WL-S-340", at, fmt::format("the server fetches models with their code: {}", line));
  } else if (key == "plugins_path" || (key == "enable_envvars_config" && is_on)) {
    scan.Add("WL-S-340", at, fmt::format("it lets the server load other code: {}", line));
  } else if (key == "model_id" && !value.empty() && value[0] != '/' && value[0] != '.') {
    scan.Add("WL-S-340", at, fmt::format("the server fetches another model: {}", line)).level =
        Level::kLow;
  } else if (key == "vmargs" && Holds(std::string_view(value), kAgents)) {
    ScanFinding& finding =
        scan.Add("WL-S-340", at, fmt::format("the server starts code beside it: {}", line));
    finding.level = Level::kHigh;
  }
}

// The text; nothing where that is said.
std::optional<std::string> TextOf(const Subject& subject, const FileScan& scan) {
  if (subject.source.size() > kMostText) {
    scan.Unjudged("WL-S-003", kNoOffset, "settings of more than 4 MiB");
    return std::nullopt;
  }
  const auto bytes = subject.source.Read(0, subject.source.size());
  if (bytes) return std::string(AsText(*bytes));
  scan.Unreadable(bytes.error());
  return std::nullopt;
}

// What an editor runs: the container that it opens the folder in, and tasks, some of them as soon
// as the folder is opened.
bool IsEditorTask(const Subject& subject) {
  constexpr std::array<std::string_view, 2> kNames = {"devcontainer.json", ".devcontainer.json"};
  return IsAmong(std::string_view(subject.name), kNames) ||
         ((subject.name == "tasks.json" || subject.name == "launch.json") &&
          subject.place.Text().find(".vscode/") != std::string::npos);
}

void JudgeEditorTask(const Subject& subject, const FileScan& scan) {
  ScanFinding& finding =
      scan.Add("WL-S-411", kNoOffset,
               "an editor runs what it says, when it opens the folder or is asked to");
  // Its JSON may have comments: it is looked for as text, and a longer file counts as one that has
  // it.
  const std::string_view head = AsText(subject.head);
  const bool is_unasked = head.find("folderOpen") != head.npos || head.find("\\u") != head.npos ||
                          head.find("Command") != head.npos || subject.source.size() > head.size();
  if (is_unasked) finding.level = Level::kMedium;
}

bool IsWorkflow(const Subject& subject) {
  constexpr std::array<std::string_view, 4> kFolders = {".github/workflows/", ".github/actions/",
                                                        ".circleci/", ".gitea/workflows/"};
  return Holds(subject.place.Text(), kFolders);
}

}  // namespace

bool IsRecipe(const Subject& subject) {
  if (subject.source.size() == 0 || !IsPlainText(subject)) return false;
  return IsSource(subject.name) || IsBuild(subject.name) || IsWorkflow(subject) ||
         IsHook(subject.name, subject.place.Text()) || subject.name == "package.json" ||
         IsGitConfig(subject) || IsEditorTask(subject);
}

void SayRecipe(const Subject& subject, const FileScan& scan) {
  if (IsHook(subject.name, subject.place.Text())) {
    scan.Add("WL-S-402", kNoOffset, "a hook: git runs it when something is done in its folder");
  } else if (subject.name.ends_with(".ipynb")) {
    scan.Add("WL-S-411", kNoOffset, "a notebook: whoever opens it may run its cells");
  } else if (IsBuild(subject.name) || IsWorkflow(subject)) {
    scan.Add("WL-S-411", kNoOffset, "a recipe: whoever builds with it runs what it says");
  } else {
    scan.Add("WL-S-411", kNoOffset, "source code that no loader of models runs");
  }
}

void JudgeRecipe(const Subject& subject, const FileScan& scan) {
  if (IsJsonText(subject)) {
    JudgeJson(subject, scan);
  } else {
    JudgePlainText(subject, scan);
  }
  if (IsEditorTask(subject)) return JudgeEditorTask(subject, scan);
  if (subject.name == "package.json") return JudgeNpmScripts(subject, scan);
  if (subject.name == "tox.ini") {
    if (const auto text = TextOf(subject, scan)) JudgeSettings(subject, *text, scan);
  }
  if (!IsGitConfig(subject)) return SayRecipe(subject, scan);
  const auto text = TextOf(subject, scan);
  if (!text) return;
  ForEachLine(*text, [&](std::string_view line, size_t at) { JudgeGitLine(line, at, scan); });
}

bool IsProperties(const Subject& subject) {
  return subject.name.ends_with(".properties") && IsPlainText(subject);
}

void JudgeProperties(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  const auto text = TextOf(subject, scan);
  if (!text) return;
  JudgeLogging(subject, *text, scan);
  std::string setting;  // a backslash at the end of a line joins it with the next
  uint64_t begin = 0;
  ForEachLine(*text, [&](std::string_view line, uint64_t at) {
    const std::string_view trimmed = Trimmed(line);
    if (setting.empty()) {
      if (trimmed.empty() || trimmed[0] == '#' || trimmed[0] == '!') return;
      begin = at;
    }
    setting += trimmed;
    const size_t last = setting.find_last_not_of('\\');
    if ((setting.size() - (last == setting.npos ? 0 : last + 1)) % 2 == 1) {
      setting.pop_back();
      return;
    }
    JudgeSetting(SettingOf(setting), begin, scan);
    setting.clear();
  });
  if (!setting.empty()) JudgeSetting(SettingOf(setting), begin, scan);
}

}  // namespace weighlock::scan
