// What check predicts against what happened: tests/data/reality has twelve packages, loaded in
// seventeen real runtimes, with the literal exceptions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "json/json.h"
#include "support/temporary_folder.h"
#include "weighlock/check.h"

namespace weighlock {
namespace {

JsonValue Json(const std::string& text) {
  auto json = ParseJson(AsBytes(text), Limits());
  EXPECT_TRUE(json) << text.substr(0, 200);
  return json ? *std::move(json) : JsonValue();
}

std::string TextAt(const JsonValue& object, std::string_view key) {
  const std::string* text = object.FindString(key);
  return text == nullptr ? "" : *text;
}

// "transformers==4.11.3,torch==1.9.0,...,safetensors=absent": all of a runtime's pins. What a list
// of everything that is installed does not have is absent.
std::map<std::string, Target> Runtimes() {
  std::map<std::string, Target> targets;
  const JsonValue runtimes = Json(ReadFile(WL_TEST_DATA "/reality/runtimes.json"));
  for (const JsonMember& runtime : runtimes.members) {
    std::string list;
    for (const JsonMember& pin : runtime.value.members) {
      list += fmt::format("{}{}=={}", list.empty() ? "" : ",", pin.name, pin.value.text);
    }
    if (list.find("safetensors") == std::string::npos) list += ",safetensors=absent";
    auto target = ParseTarget(list);
    EXPECT_TRUE(target) << list;
    targets[runtime.name] = *std::move(target);
  }
  return targets;
}

// The text with the package's place, and line and column, made the same on both sides.
std::string Plain(std::string text, const std::string& package) {
  for (const std::string& place : {std::string(WL_TEST_DATA "/packages/"), std::string("pk/")}) {
    for (size_t at = 0; (at = text.find(place + package, at)) != std::string::npos;) {
      text.erase(at, place.size());
    }
  }
  return text;
}

struct Cell {
  std::string package, runtime;
  JsonValue happened;
};

std::vector<Cell> Cells() {
  std::vector<Cell> cells;
  std::ifstream file(WL_TEST_DATA "/reality/reality.jsonl");
  for (std::string line; std::getline(file, line);) {
    JsonValue row = Json(line);
    cells.push_back({TextAt(row, "pkg"), TextAt(row, "transformers"), std::move(row)});
  }
  return cells;
}

constexpr size_t kLongest = 700;  // what the record keeps of a message

void ExpectStage(const Cell& cell, const CheckReport& report, Stage stage, const char* key) {
  const std::string happened = TextAt(cell.happened, key);
  const StageOutcome& outcome = report.stages[static_cast<size_t>(stage)];
  if (happened == "ok") {
    EXPECT_NE(VerdictName(outcome.verdict), "FAIL") << key << ": " << outcome.message;
    EXPECT_NE(VerdictName(outcome.verdict), "RISK") << key;
    return;
  }
  EXPECT_EQ(VerdictName(outcome.verdict), "FAIL") << key << " happened: " << happened;
  const size_t type = happened.find(": ");
  const std::string predicted = Plain(outcome.message, cell.package);
  EXPECT_EQ(predicted.substr(0, type + 2 + kLongest), Plain(happened, cell.package)) << key;
}

TEST(Reality, EveryCellIsPredictedAtEveryStage) {
  const auto runtimes = Runtimes();
  const auto cells = Cells();
  ASSERT_EQ(cells.size(), 204u);
  for (const Cell& cell : cells) {
    SCOPED_TRACE(cell.package + " in transformers " + cell.runtime);
    auto report =
        Check(WL_TEST_DATA "/packages/" + cell.package, runtimes.at(cell.runtime), CheckOptions());
    ASSERT_TRUE(report) << report.error().Message();
    ExpectStage(cell, *report, Stage::kConfig, "config");
    ExpectStage(cell, *report, Stage::kTokenizer, "tokenizer");
    ExpectStage(cell, *report, Stage::kWeights, "model");
    const bool forward = TextAt(cell.happened, "forward") == "ok";
    const auto& outcome = report->stages[static_cast<size_t>(Stage::kForward)];
    EXPECT_EQ(outcome.verdict == Verdict::kFail, !forward);
    const JsonValue* same = cell.happened.Find("ids_same");
    const bool differs = same != nullptr && same->Is(JsonValue::Kind::kBool) && !same->boolean;
    EXPECT_EQ(report->verdict == Verdict::kDiffers, differs);
  }
}

}  // namespace
}  // namespace weighlock
