// Which rules the tables of a test program have tried, where they hold and where they do not, held
// against the books (kb/rules.json, kb/check.json) when all of it has run.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "json/json.h"
#include "support/temporary_folder.h"
#include "weighlock/explain.h"

namespace weighlock {

struct TriedRule {
  bool held = false, did_not_hold = false;
};

inline std::map<std::string, TriedRule, std::less<>>& TriedRules() {
  static std::map<std::string, TriedRule, std::less<>> tried;
  return tried;
}

inline void NoteTried(std::string_view rule, bool held) {
  TriedRule& tried = TriedRules()[std::string(rule)];
  (held ? tried.held : tried.did_not_hold) = true;
}

// What check predicts, explain must take for the same rule.
inline void ExpectExplained(std::string_view rule, std::string_view message) {
  if (message.empty()) return;
  const auto report = ExplainMessage(message);
  ASSERT_TRUE(report);
  std::string told;
  for (const auto* list : {&report->found, &report->guesses}) {
    for (const Explanation& explanation : *list) {
      for (const auto& [id, text] : explanation.failure.rules) told += id + " ";
    }
  }
  EXPECT_NE(told.find(rule), std::string::npos)
      << rule << ": " << message << "\nis told as " << told;
}

// Fails where a rule of these letters ("CTW" for WL-C-001 and its like) was not tried both ways, or
// is in no book. Says nothing of a part of the tests (--gtest_filter).
class EveryRuleIsTried : public testing::Environment {
 public:
  explicit EveryRuleIsTried(std::string_view letters) : letters_(letters) {}

  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*") return;
    for (const char* book : {"/kb/rules.json", "/kb/check.json"}) {
      const std::string text = ReadFile(std::string(WL_SOURCE_DIR) + book);
      const auto rules = ParseJson(AsBytes(text), Limits());
      ASSERT_TRUE(rules) << book;
      for (const JsonValue& rule : rules->Find("rules")->items) {
        const std::string& id = *rule.FindString("id");
        const TriedRule tried = TriedRules()[id];
        TriedRules().erase(id);
        if (letters_.find(id[3]) == std::string_view::npos) continue;
        EXPECT_TRUE(tried.held) << id << " is tried nowhere where it holds";
        EXPECT_TRUE(tried.did_not_hold) << id << " is tried nowhere where it does not hold";
      }
    }
    for (const auto& [id, tried] : TriedRules()) ADD_FAILURE() << id << " is in no book";
  }

 private:
  std::string_view letters_;
};

}  // namespace weighlock
