// PreTrainedTokenizerBase._from_pretrained, before a tokenizer is made.
#include "check/tokenizer_side_files.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace weighlock {
namespace {

// What is raised where the keys of a value are asked for that has none.
std::string WithoutItems(const JsonFile& file) {
  return fmt::format("AttributeError: '{}' object has no attribute 'items'", file.python_class);
}

// AutoTokenizer asks it for the class.
std::string NoTokenizerConfig(const Situation& s, const JsonFile& file) {
  if (std::string noted = WhereCommitIsNoted(s, file.python_class); !noted.empty()) return noted;
  if (!s.TransformersIs(">=4.8.0")) return {};
  return fmt::format("AttributeError: '{}' object has no attribute 'get'", file.python_class);
}

// `otherwise` is raised where the file is JSON, and no object.
std::vector<CheckFinding> Unread(const JsonFile& file, const char* rule, std::string otherwise) {
  // Beyond our limits, and perhaps not beyond Python's.
  const bool fails = !file.python_error.empty() || !file.python_class.empty();
  if (!file.present || file.json || !fails) return {};
  CheckFinding finding =
      MakeFinding(Stage::kTokenizer, Verdict::kFail, rule,
                  fmt::format("{} cannot be read: {}", Escape(file.path), file.broken), file.path);
  finding.message = file.python_error.empty() ? std::move(otherwise) : file.python_error;
  finding.source = "tokenization_utils_base.py of each minor release from 3.0 to 5.23; tried";
  return {std::move(finding)};
}

}  // namespace

bool ReadsSideFiles(const Situation& s) {
  const JsonValue* config = s.files.tokenizer_config.get();
  const bool says_all = config != nullptr && config->Find("added_tokens_decoder") != nullptr;
  return s.TransformersIs("<4.34.0") || !says_all;
}

std::vector<CheckFinding> JudgeSideFiles(const Situation& s) {
  const JsonFile& config = s.files.tokenizer_config;
  if (auto found = Unread(config, "WL-T-009", NoTokenizerConfig(s, config)); !found.empty()) {
    return found;
  }
  if (!ReadsSideFiles(s)) return {};
  for (const JsonFile* file : {&s.files.special_tokens_map, &s.files.added_tokens}) {
    auto found = Unread(*file, "WL-T-030", WithoutItems(*file));
    if (!found.empty()) return found;
  }
  return {};
}

SpecialToken SpecialTokenOf(const Situation& s, std::string_view name) {
  // Before 4.34 the map is applied when the tokenizer is made, with what the config says.
  if (s.TransformersIs(">=4.34.0") && ReadsSideFiles(s)) {
    const JsonFile& map = s.files.special_tokens_map;
    if (const JsonValue* value = map.json ? map.json->Find(name) : nullptr) return {value, &map};
  }
  const JsonFile& config = s.files.tokenizer_config;
  return {config.json ? config.json->Find(name) : nullptr, &config};
}

}  // namespace weighlock
