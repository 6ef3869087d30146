// The rows of kb/scan/rules.json, read once.
#include <algorithm>
#include <array>
#include <cassert>

#include "json/json.h"
#include "weighlock/scan.h"

namespace weighlock {

// kb/scan/rules.json, embedded by the build.
extern const std::string_view kBuiltinScanRules;

namespace {

constexpr std::array<std::string_view, 6> kLevels = {"inconclusive", "info", "low",
                                                     "medium",       "high", "critical"};
constexpr std::array<std::string_view, 4> kVerdicts = {"data-only", "review", "malformed",
                                                       "dangerous"};
constexpr std::array<std::string_view, 3> kCoverages = {"complete", "partial", "failed"};

template <class T, size_t N>
T FromWord(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  assert(found != words.end() && "a word that kb/scan/rules.json may not use");
  return static_cast<T>(found - words.begin());
}

std::string Text(const JsonValue& row, std::string_view key) {
  const std::string* text = row.FindString(key);
  assert(text != nullptr && "a row of kb/scan/rules.json lacks a key");
  return text == nullptr ? std::string() : *text;
}

// What is embedded was read by a test: a mistake in it is a bug.
std::vector<ScanRule> ReadRules() {
  const auto root = ParseJson(AsBytes(kBuiltinScanRules), Limits());
  assert(root && "kb/scan/rules.json is no JSON");
  std::vector<ScanRule> rules;
  const JsonValue* rows = root->Find("rules");
  for (size_t i = 0; rows != nullptr && i < rows->items.size(); ++i) {
    const JsonValue& row = rows->items[i];
    rules.push_back({Text(row, "id"), Text(row, "title"),
                     FromWord<Level>(kLevels, Text(row, "level")),
                     FromWord<ScanVerdict>(kVerdicts, Text(row, "verdict")), Text(row, "why"),
                     Text(row, "instead"), Text(row, "cwe")});
  }
  std::sort(rules.begin(), rules.end(),
            [](const ScanRule& a, const ScanRule& b) { return a.id < b.id; });
  return rules;
}

}  // namespace

std::string_view LevelName(Level level) {
  return kLevels[static_cast<size_t>(level)];
}

std::string_view CoverageName(Coverage coverage) {
  return kCoverages[static_cast<size_t>(coverage)];
}

std::string_view ScanVerdictName(ScanVerdict verdict) {
  return kVerdicts[static_cast<size_t>(verdict)];
}

const std::vector<ScanRule>& ScanRules() {
  static const std::vector<ScanRule> rules = ReadRules();
  return rules;
}

const ScanRule* FindScanRule(std::string_view id) {
  const auto& rules = ScanRules();
  const auto at = std::lower_bound(
      rules.begin(), rules.end(), id,
      [](const ScanRule& rule, std::string_view wanted) { return rule.id < wanted; });
  return at != rules.end() && at->id == id ? &*at : nullptr;
}

}  // namespace weighlock
