// Rules tried on packages made for them: each where it holds, and next to it where not.
#pragma once

#include <span>
#include <string>

#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/tried_rules.h"

namespace weighlock {

struct RuleCase {
  const char* rule;
  CheckedFiles files;
  const char* target;
  const char* verdict;  // "": the rule does not hold
  const char* message;
};

// A package of the smallest files that are what their names say.
inline CheckedFiles SmallModel(const std::string& config,
                               const std::string& tokenizer_config = "{}") {
  return {{"config.json", config},
          {"tokenizer_config.json", tokenizer_config},
          {"vocab.txt", "a\n[UNK]\n"},
          {"vocab.json", "{}"},
          {"spiece.model", "\x0a\x03\x0a\x01\x61"},
          {"tokenizer.model", "\x0a\x03\x0a\x01\x61"},
          {"model.safetensors",
           SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, R"({"format": "pt"})")}};
}

inline void TryRules(std::span<const RuleCase> cases) {
  for (const RuleCase& c : cases) {
    SCOPED_TRACE(std::string(c.rule) + " in " + c.target);
    const CheckReport report = CheckFiles(c.files, c.target);
    const CheckFinding* finding = FindRule(report, c.rule);
    NoteTried(c.rule, finding != nullptr);
    if (finding != nullptr) ExpectExplained(c.rule, finding->message);
    EXPECT_EQ(finding == nullptr ? "" : VerdictName(finding->verdict), c.verdict);
    EXPECT_EQ(finding == nullptr ? "" : finding->message, c.message);
  }
}

}  // namespace weighlock
