// special_tokens_map.json and added_tokens.json, which are read beside tokenizer_config.json, and
// from 4.34 on only where that does not say it all.
#pragma once

#include <vector>

#include "check/situation.h"

namespace weighlock {

// Whether the target reads them, and tokenizer.json with Python.
bool ReadsSideFiles(const Situation& s);

// What is raised where tokenizer_config.json, or one of those that are read, is no object of JSON.
std::vector<CheckFinding> JudgeSideFiles(const Situation& s);

// The value of a special token as the target takes it, and the file that it is from; null: none.
struct SpecialToken {
  const JsonValue* value;
  const JsonFile* file;
};
SpecialToken SpecialTokenOf(const Situation& s, std::string_view name);

}  // namespace weighlock
