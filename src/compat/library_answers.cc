// Look-ups in the measured tables.
#include "compat/library_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compat/known_spec.h"

namespace weighlock {

// kb/tokenizer_json.json and kb/safetensors.json, embedded by the build.
extern const std::string_view kBuiltinTokenizerAnswers, kBuiltinSafetensorsAnswers;

Result<LibraryAnswers> LibraryAnswers::Tokenizers() {
  return Parse(AsBytes(kBuiltinTokenizerAnswers), "weighlock-tokenizer-json/1");
}

Result<LibraryAnswers> LibraryAnswers::Safetensors() {
  return Parse(AsBytes(kBuiltinSafetensorsAnswers), "weighlock-safetensors/1");
}

Result<LibraryAnswers> LibraryAnswers::Parse(Bytes text, std::string_view wanted) {
  LibraryAnswers answers;
  WL_TRY(JsonValue root, ParseJson(text, Limits()));
  const std::string* schema = root.FindString("schema");
  const auto cases = std::find_if(root.members.begin(), root.members.end(),
                                  [](const JsonMember& m) { return m.name == "cases"; });
  if (schema == nullptr || *schema != wanted || cases == root.members.end()) {
    return Error(Code::kMalformed, fmt::format("wanted schema \"{}\" with cases", wanted), 0);
  }
  answers.cases_ = std::move(cases->value.members);
  std::set<std::string_view> bounds;
  for (const JsonMember& row : answers.cases_) {
    answers.rows_.emplace(row.name, &row.value);
    for (const JsonValue& answer : row.value.items) {
      if (answer.items.size() != 2) {
        return Error(Code::kMalformed, "a case is [[answer, ranges]...]", answer.offset);
      }
      for (const JsonValue& range : answer.items[1].items) {
        if (range.items.size() != 2) {
          return Error(Code::kMalformed, "a range is [first, last]", range.offset);
        }
        for (const JsonValue& bound : range.items) {
          if (!bound.Is(JsonValue::Kind::kNull)) bounds.insert(bound.text);
        }
      }
    }
  }
  for (const std::string_view bound : bounds) {
    WL_TRY(Version version, Version::Parse(bound));
    answers.versions_.push_back(std::move(version));
  }
  std::sort(answers.versions_.begin(), answers.versions_.end(),
            [](const Version& a, const Version& b) { return a.Compare(b) < 0; });
  return answers;
}

std::string_view LibraryAnswers::Answer(std::string_view name, const Version& library) const {
  const auto row = rows_.find(name);
  const JsonValue* answer = row == rows_.end() ? nullptr : HoldingRow(row->second, library);
  return answer == nullptr ? std::string_view() : answer->text;
}

std::vector<Version> LibraryAnswers::Within(const VersionSpec& spec) const {
  std::vector<Version> within;
  for (const Version& version : versions_) {
    if (spec.Contains(version)) within.push_back(version);
  }
  return within;
}

}  // namespace weighlock
