// Read twice: by a parser, which knows what a key is however it is written (yaml_walk.h), and line
// by line, so that nothing hides where that parser and the loader's disagree. Where the parser
// refuses a text that could hide something, nobody knows what the loader makes of it.
#include "scan/text/yaml_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/escape.h"
#include "scan/text/code_judge.h"
#include "scan/text/plain_text.h"
#include "scan/text/recipe_judge.h"
#include "scan/text/requirements_judge.h"
#include "scan/text/settings_judge.h"
#include "scan/text/yaml_walk.h"

namespace weighlock::scan {
namespace {

constexpr uint64_t kMostText = uint64_t{16} << 20;

// "os.system" of `_target_: "os.system"`: the value behind a key, wherever it stands in the line.
std::optional<std::string_view> ValueOf(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  if (at == line.npos || (at > 0 && is_word(line[at - 1]))) return std::nullopt;
  std::string_view rest = line.substr(at + key.size());
  const size_t colon = rest.find_first_not_of("\"' ");
  if (colon == rest.npos || rest[colon] != ':') return std::nullopt;
  rest.remove_prefix(colon + 1);
  const size_t begin = rest.find_first_not_of("\"' ");
  if (begin == rest.npos) return std::string_view();
  rest.remove_prefix(begin);
  return rest.substr(0, rest.find_first_of("\"' ,}\r\n"));
}

bool HidesUnderscores(std::string_view line) {
  const size_t quote = line.find('"');
  if (quote == line.npos) return false;
  constexpr std::array<std::string_view, 4> kEscapes = {"\\x5f", "\\u005f", "\\x5F", "\\u005F"};
  return std::any_of(kEscapes.begin(), kEscapes.end(), [&](std::string_view escape) {
    return line.find(escape, quote) != line.npos;
  });
}

bool IsPlainName(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  });
}

// What the parser has not seen in the line, in which it may have read something else.
void JudgeLine(std::string_view line, uint64_t at, YamlFindings& findings, const FileScan& scan) {
  const size_t begin = line.find_first_not_of(" \t\xEF\xBB\xBF");
  if (begin == line.npos || line[begin] == '#') return;
  for (const char* key : {"_target_", "class_path"}) {
    const auto target = ValueOf(line, key);
    if (!target || !IsPlainName(*target) || findings.names.contains(std::string(*target))) continue;
    if (!findings.MayAdd(scan)) return;
    std::string_view(key) == "_target_" ? JudgeTarget(*target, at, scan)
                                        : JudgeNamed(*target, key, at, scan);
  }
  for (const char* sign : {"!!python/", "tag:yaml.org,2002:python"}) {
    const size_t found = line.find(sign);
    if (found == line.npos) continue;
    const std::string_view tag = line.substr(found, line.find_first_of(" \t>,", found) - found);
    const std::string full =
        tag.starts_with('!') ? "tag:yaml.org,2002:" + std::string(tag.substr(2)) : std::string(tag);
    JudgeTag(full, at, {}, findings, scan);
  }
  if (HidesUnderscores(line) && findings.MayAdd(scan)) {
    ScanFinding& finding =
        scan.Add("WL-S-371", at, "an underscore is written as an escape: what is named is hidden");
    finding.level = Level::kMedium;
  }
}

// "x41", "u005f", "U00000061", or the end of a line that is to be joined: behind a backslash.
bool SpellsLetter(std::string_view escape) {
  if (escape.empty()) return false;
  if (escape[0] == '\r' || escape[0] == '\n') return true;
  const std::string_view zeros = escape[0] == 'x' ? "" : escape[0] == 'u' ? "00" : "000000";
  return std::string_view("xuU").find(escape[0]) != std::string_view::npos &&
         escape.substr(1).starts_with(zeros) && escape.size() > zeros.size() + 1 &&
         std::string_view("4567").find(escape[zeros.size() + 1]) != std::string_view::npos;
}

// Tags, names, and the escapes that may stand for their letters.
bool MayHide(std::string_view text) {
  constexpr std::array<std::string_view, 24> kSigns = {
      "target",      "_component_",    "class_path",    "init_args",
      "params",      "loader_module",  "%TAG",          "!!",
      "!<",          "!new:",          "!apply:",       "!name:",
      "__",          "activation",     "preprocessors", "backbone",
      "remote_code", "custom_imports", "import_path",   "plugin",
      "callback",    "custom_",        "remote-code",   "_command"};
  if (std::any_of(kSigns.begin(), kSigns.end(),
                  [&](std::string_view sign) { return text.find(sign) != text.npos; })) {
    return true;
  }
  for (size_t at = 0; (at = text.find('\\', at)) != text.npos; at += 2) {
    if (SpellsLetter(text.substr(at + 1))) return true;
  }
  return false;
}

// yaml-cpp takes byte 4 for the end; PyYAML refuses control characters.
bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r';
  });
}

// Breaks of lines for PyYAML, letters for others.
bool HasOddBreaks(std::string_view text) {
  for (size_t at = 0; (at = text.find('\r', at)) != text.npos; ++at) {
    if (at + 1 == text.size() || text[at + 1] != '\n') return true;
  }
  return text.find("\xC2\x85") != text.npos || text.find("\xE2\x80\xA8") != text.npos ||
         text.find("\xE2\x80\xA9") != text.npos;
}

// A backslash joins lines also where the break has more bytes than one: they stand behind it then.
std::string WithJoinedLines(std::string lines) {
  for (size_t at = 0; (at = lines.find('\\', at)) != lines.npos; at += 2) {
    const size_t end = lines.find_first_not_of(' ', at + 1);
    if (end != lines.npos && lines[end] == '\n') std::swap(lines[at + 1], lines[end]);
  }
  return lines;
}

void JudgeReadings(std::string_view text, const YamlOptions& options, const FileScan& scan) {
  YamlFindings findings;
  const std::string lines = WithPlainBreaks(text);
  bool is_read = WalkYaml(text, options, findings, scan);
  if (HasOddBreaks(text)) {
    is_read = WalkYaml(WithJoinedLines(lines), options, findings, scan);
  }
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    JudgeLine(std::string_view(lines).substr(at, end - at), at, findings, scan);
    at = end + 1;
  }
  if ((!is_read || HasControls(text)) && (MayHide(text) || options.is_mlflow)) {
    scan.Unjudged("WL-S-002", kNoOffset, "it is no YAML, or one that only some loaders read");
  }
}

// The whole text, or nothing where that was said to be wrong.
std::optional<ByteVector> BytesOf(const Subject& subject, const FileScan& scan) {
  if (subject.source.size() > kMostText) {
    scan.Unjudged("WL-S-003", kNoOffset, "YAML of more than 16 MiB");
    return std::nullopt;
  }
  auto bytes = subject.source.Read(0, subject.source.size());
  if (bytes) return *std::move(bytes);
  scan.Unreadable(bytes.error());
  return std::nullopt;
}

struct Signs {
  bool of_yaml = false, of_settings = false;
};

// Whether a text could have tags or targets of YAML, or settings: searched while it goes by.
Result<Signs> SignsOf(const ByteSource& source) {
  constexpr size_t kSeam = 16;  // bytes; more than the longest sign
  std::string seam;
  ByteVector block;
  Signs found;
  WL_CHECKED(ForEachBlock(source, block, [&](Bytes bytes) -> Status {
    seam += AsText(bytes);
    found.of_yaml = found.of_yaml || HoldsYamlSigns(seam);
    found.of_settings = found.of_settings || HoldsSettingsSigns(seam);
    seam.erase(0, seam.size() - std::min(seam.size(), kSeam));
    return {};
  }));
  return found;
}

}  // namespace

// What opens them reads the part at the start, with a safe loader.
bool IsDocument(std::string_view name) {
  constexpr std::array<std::string_view, 6> kEndings = {".md",  ".rst", ".html",
                                                        ".log", ".csv", ".tsv"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

bool HoldsYamlSigns(std::string_view text) {
  constexpr std::array<std::string_view, 7> kSigns = {
      "!!pyth", "!!%70", "%TAG ", "!<tag", "org,2002:python", "_target_", "_component_"};
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return text.find(sign) != text.npos; });
}

bool IsYaml(const Subject& subject) {
  const bool named = subject.name.ends_with(".yaml") || subject.name.ends_with(".yml") ||
                     subject.name == "mlmodel";
  return named && IsPlainText(subject);
}

void JudgeYaml(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  const auto bytes = BytesOf(subject, scan);
  if (!bytes) return;
  const std::string_view text = AsText(*bytes);
  JudgeLogging(subject, text, scan);
  const bool is_packages = IsRequirements(subject);
  if (is_packages) JudgePackages(text, scan);
  if (IsRecipe(subject)) SayRecipe(subject, scan);
  if (IsScript(subject)) scan.Add("WL-S-402", kNoOffset, "a script: whoever starts it runs it");
  YamlOptions options;
  options.is_mlflow = subject.name == "mlmodel";
  options.is_bento = subject.name == "bento.yaml";
  options.judges_packages = !is_packages;
  JudgeReadings(text, options, scan);
}

void JudgeText(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  if (IsDocument(subject.name)) return;
  if (IsEntryPoints(subject)) {
    if (const auto text = BytesOf(subject, scan)) JudgeEntryPoints(AsText(*text), scan);
    return;
  }
  const auto signs = SignsOf(subject.source);
  if (!signs) return;  // was said by the judge of text
  const bool has_settings = signs->of_settings && MayBeSettings(subject);
  if (!signs->of_yaml && !has_settings) return;
  const auto bytes = BytesOf(subject, scan);
  if (!bytes) return;
  const std::string_view text = AsText(*bytes);
  if (has_settings) JudgeSettings(subject, text, scan);
  if (!signs->of_yaml) return;
  YamlOptions options;
  options.is_only_tags = true;
  YamlFindings findings;
  if (WalkYaml(text, options, findings, scan) || !findings.tags.empty()) return;
  const size_t found = text.find("!!python/");
  if (found == text.npos) return;
  scan.Add("WL-S-373", found, "it speaks of a tag of Python's own");
}

}  // namespace weighlock::scan
