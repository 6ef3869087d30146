// Loaders of JSON run nothing, so JSON that is broken is only odd; what a loose reader would still
// take from it is looked for string by string.
#include "scan/text/json_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "format/formats.h"
#include "json/json.h"
#include "scan/text/config_judge.h"
#include "scan/text/json_sketch.h"
#include "scan/text/plain_text.h"
#include "scan/text/settings_judge.h"
#include "scan/text/yaml_judge.h"

namespace weighlock::scan {
namespace {

// Vocabularies are larger than anything that configures; they are text to us.
constexpr uint64_t kMostParsed = uint64_t{4} << 20;
// Strings of broken JSON that are looked at behind a key that matters.
constexpr size_t kMostLoose = 100'000;

bool IsConfigName(std::string_view name) {
  return name.find("config") != name.npos || name.find("template") != name.npos ||
         name == "modules.json" || name == "model_index.json";
}

// A copy that strict readers take: Python writes NaN and Infinity, Windows a mark at the start.
std::string Strict(std::string_view text) {
  std::string strict(text);
  if (strict.starts_with("\xEF\xBB\xBF")) strict.replace(0, 3, "   ");
  bool in_string = false;
  for (size_t i = 0; i < strict.size(); ++i) {
    if (in_string) {
      if (strict[i] == '\\')
        ++i;
      else if (strict[i] == '"')
        in_string = false;
      continue;
    }
    if (strict[i] == '"') in_string = true;
    for (const std::string_view word : {"NaN", "Infinity"}) {
      if (strict[i] == word[0] && std::string_view(strict).substr(i, word.size()) == word) {
        strict.replace(i, word.size(), "0" + std::string(word.size() - 1, ' '));
      }
    }
  }
  return strict;
}

// What its sketch holds. Where the text is no JSON, too: evidence outlives errors.
void JudgeSketch(const JsonSketch& sketch, const Subject& subject, const FileScan& scan) {
  for (const JsonValue& tree : sketch.trees) JudgeConfig(tree, subject.name, scan);
  if (sketch.stopped) scan.Unreadable(*sketch.stopped);
}

// What begins as JSON and is none may be YAML, or settings in sections ("[formatters]").
void JudgeAsText(const Subject& subject, bool is_json, const FileScan& scan) {
  is_json || subject.name.ends_with(".json") ? JudgePlainText(subject, scan)
                                             : JudgeText(subject, scan);
}

// Under another name than JSON's it is text to most who read it; that it was cut is worth knowing.
// Braces alone make no JSON: "{\"" does, or a list of such.
void JudgeCut(const JsonSketch& sketch, const Subject& subject, const FileScan& scan) {
  if (!sketch.is_cut || sketch.stopped || subject.name.ends_with(".json")) return;
  std::string_view text = AsText(subject.head);
  const auto skip = [&text] {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  };
  skip();
  while (text.starts_with('[')) {
    text.remove_prefix(1);
    skip();
  }
  if (!text.starts_with('{')) return;
  text.remove_prefix(1);
  skip();
  if (!text.starts_with('"')) return;
  scan.Add("WL-S-330", subject.source.size(), "JSON that ends before its brackets close");
}

void JudgeLarge(const Subject& subject, const FileScan& scan) {
  const auto sketch = SketchJson(subject.source);
  JudgeAsText(subject, !sketch || sketch->is_whole || sketch->stopped, scan);
  if (!sketch) return;  // was said by the judge of text
  JudgeSketch(*sketch, subject, scan);
  JudgeCut(*sketch, subject, scan);
  if (subject.name.ends_with(".json") && !sketch->is_whole && !sketch->stopped) {
    scan.Add("WL-S-330", kNoOffset, "its brackets do not close, or text follows them");
  }
}

// What is not JSON: each string of it on its own, as a loose reader would find it.
void JudgeLoose(std::string_view text, const FileScan& scan) {
  bool names_template = false, names_code = false, names_target = false;
  size_t judged = 0;
  for (size_t at = 0; (at = text.find('"', at)) != text.npos;) {
    size_t end = at + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size()) break;
    const auto parsed = ParseJson(AsBytes(text.substr(at, end + 1 - at)), scan.limits());
    if (parsed) {
      const std::string& value = parsed->text;
      if (++judged > kMostLoose && (names_target || names_template)) {
        return scan.Unjudged("WL-S-003", at, "broken JSON that names too much");
      }
      if (names_target) JudgeTarget(value, at, scan);
      names_target = value == "_target_";
      names_template = names_template || value.find("chat_template") != std::string::npos;
      const bool is_code = value == "auto_map" || value == "custom_pipelines";
      if (is_code && !names_code) JudgeLooseCode(value, at, scan);
      names_code = names_code || is_code;
      if (names_template) JudgeLooseTemplate(value, at, scan);
    }
    at = end + 1;
  }
}

void JudgeParsed(const Subject& subject, std::string_view text, const FileScan& scan) {
  auto root = ParseJson(AsBytes(text), scan.limits());
  if (!root && root.error().code() == Code::kMalformed) {
    const Error strict = std::move(root).error();
    root = ParseJson(AsBytes(Strict(text)), scan.limits());
    if (!root && root.error().code() == Code::kMalformed) {
      // A key that stands twice is no error to most readers: all of its values are in the sketch.
      const auto sketch = SketchJson(subject.source);
      JudgeAsText(subject, sketch && sketch->is_whole, scan);
      if (subject.name.ends_with(".json")) {
        scan.Add("WL-S-330", strict.offset(), strict.what());
        JudgeLogging(subject, text, scan);
      }
      if (sketch) JudgeSketch(*sketch, subject, scan);
      if (sketch) JudgeCut(*sketch, subject, scan);
      if (!sketch || !sketch->is_whole) JudgeLoose(text, scan);
      return;
    }
  }
  if (root) return JudgeConfig(*root, subject.name, scan);
  if (root.error().code() != Code::kLimit) return scan.Unreadable(root.error());
  JudgeLarge(subject, scan);
  if (IsConfigName(subject.name)) scan.Unreadable(root.error());
}

}  // namespace

bool IsJsonText(const Subject& subject) {
  const Format format = Recognise(subject.head, subject.source.size());
  // Of a text that begins with blanks alone, it is not known yet what it is.
  const bool is_blank = AsText(subject.head).find_first_not_of(" \t\r\n") == std::string_view::npos;
  return format == Format::kJson ||
         (format == Format::kText && (is_blank || subject.name.ends_with(".json")));
}

void JudgeJson(const Subject& subject, const FileScan& scan) {
  const uint64_t size = subject.source.size();
  if (size > kMostParsed && !IsConfigName(subject.name)) return JudgeLarge(subject, scan);
  if (size > scan.limits().json_bytes) {
    return scan.Unjudged("WL-S-003", 0, fmt::format("a configuration of {} bytes", size));
  }
  const auto text = subject.source.Read(0, size);
  if (!text) return scan.Unreadable(text.error());
  JudgeParsed(subject, AsText(*text), scan);
}

}  // namespace weighlock::scan
