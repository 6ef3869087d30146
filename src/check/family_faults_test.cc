// Weights that do not fit, of every family: what check predicts against what real releases did.
// tests/data/reality/family_faults.json was made by tools/harvest/family_faults.py.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "json/json.h"
#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "support/tried_rules.h"

namespace weighlock {
namespace {

JsonValue Json(std::string_view text) {
  auto json = ParseJson(AsBytes(text), Limits());
  EXPECT_TRUE(json);
  return json ? *std::move(json) : JsonValue();
}

// Text of a value of these records: numbers, texts, lists of them and objects.
std::string JsonText(const JsonValue& value) {
  std::string out;
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kBool:
      return value.boolean ? "true" : "false";
    case JsonValue::Kind::kNumber:
      return value.text;
    case JsonValue::Kind::kString:
      return fmt::format("\"{}\"", value.text);
    case JsonValue::Kind::kArray:
      for (const JsonValue& item : value.items) out += (out.empty() ? "" : ",") + JsonText(item);
      return "[" + out + "]";
    case JsonValue::Kind::kObject:
      for (const JsonMember& member : value.members) {
        out +=
            fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", member.name, JsonText(member.value));
      }
      return "{" + out + "}";
  }
  return out;
}

std::string Config(const JsonValue& package, const JsonValue& fault) {
  std::string out;
  const JsonValue* changes = fault.Find("config");
  for (const JsonMember& member : package.Find("config")->members) {
    const JsonValue* other = changes == nullptr ? nullptr : changes->Find(member.name);
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", member.name,
                       JsonText(other == nullptr ? member.value : *other));
  }
  return "{" + out + "}";
}

std::string Weights(const JsonValue& package, const JsonValue& fault) {
  std::vector<TestTensor> tensors;
  const JsonValue* without = fault.Find("without");
  const std::string* longer = fault.FindString("longer");
  for (const JsonMember& member : package.Find("tensors")->members) {
    const auto is_it = [&](const JsonValue& name) { return name.text == member.name; };
    if (without != nullptr && std::any_of(without->items.begin(), without->items.end(), is_it)) {
      continue;
    }
    size_t count = 1;
    std::string shape;
    for (const JsonValue& item : member.value.items) {
      const bool is_longer = longer != nullptr && *longer == member.name && shape.empty();
      const size_t size = item.AsUint().value_or(0) + (is_longer ? 1 : 0);
      shape += fmt::format("{}{}", shape.empty() ? "" : ",", size);
      count *= size;
    }
    tensors.push_back({member.name, "F32", "[" + shape + "]", std::string(count * 4, '\0')});
  }
  return SafetensorsFile(tensors);
}

// Names that the release reports missing, without buffers that it makes anew.
bool IsAtRandom(const JsonValue& cell) {
  const JsonValue* missing = cell.Find("missing");
  return missing != nullptr &&
         std::any_of(missing->items.begin(), missing->items.end(), [](const JsonValue& name) {
           return !name.text.ends_with(".masked_bias") && !name.text.ends_with(".attention.bias") &&
                  !name.text.ends_with(".inv_freq");
         });
}

TEST(FamilyFaults, ArePredictedAsTheyHappened) {
  const JsonValue record = Json(ReadFile(WL_TEST_DATA "/reality/family_faults.json"));
  std::map<std::string, int> outcomes;
  for (const JsonValue& cell : record.Find("cells")->items) {
    const std::string& name = *cell.FindString("package");
    const JsonValue& package = *record.Find("packages")->Find(name);
    const JsonValue& fault = *cell.Find("fault");
    const std::string& happened = *cell.FindString("model");
    SCOPED_TRACE(fmt::format("{} {} in transformers {}", name, JsonText(fault),
                             *cell.FindString("transformers")));
    const CheckReport report = CheckFiles(
        {{"config.json", Config(package, fault)}, {"model.safetensors", Weights(package, fault)}},
        fmt::format("transformers=={},torch=={},safetensors=present",
                    *cell.FindString("transformers"), *cell.FindString("torch")));
    const StageOutcome& outcome = report.stages[static_cast<size_t>(Stage::kWeights)];
    const bool at_random = FindRule(report, "WL-W-040") != nullptr;
    EXPECT_EQ(outcome.verdict == Verdict::kFail ? outcome.message : "ok", happened);
    EXPECT_EQ(at_random, IsAtRandom(cell));
    EXPECT_EQ(FindRule(report, "WL-W-044"), nullptr);
    NoteTried("WL-W-033", FindRule(report, "WL-W-033") != nullptr);
    ++outcomes[happened == "ok" ? (at_random ? "random" : "ok") : "raises"];
  }
  EXPECT_GT(outcomes["ok"], 100);
  EXPECT_GT(outcomes["random"], 200);
  EXPECT_GT(outcomes["raises"], 100);
}

// tests/data/reality/odd_sizes.json, of the same packages: sizes that no trainer wrote. What raised
// is never praised, what loaded never refused, and the words, where they are told, are right but
// for sizes of zero, which end in many ways.
TEST(FamilyFaults, OddSizesAreNeverPraised) {
  const JsonValue packages = Json(ReadFile(WL_TEST_DATA "/reality/family_faults.json"));
  const JsonValue record = Json(ReadFile(WL_TEST_DATA "/reality/odd_sizes.json"));
  const auto& words = record.Find("words")->items;
  int right = 0, silent = 0, doubts = 0, wrong = 0;
  for (const JsonValue& cell : record.Find("cells")->items) {
    const std::string& name = *cell.FindString("package");
    const JsonValue& package = *packages.Find("packages")->Find(name);
    const JsonValue& fault = *cell.Find("fault");
    const std::string& happened = words[cell.Find("word")->AsUint().value_or(0)].text;
    SCOPED_TRACE(fmt::format("{} {} in transformers {}: {}", name, JsonText(fault),
                             *cell.FindString("transformers"), happened));
    const CheckReport report = CheckFiles(
        {{"config.json", Config(package, fault)}, {"model.safetensors", Weights(package, fault)}},
        fmt::format("transformers=={},torch=={},safetensors=present,platform=plain",
                    *cell.FindString("transformers"), *cell.FindString("torch")));
    const StageOutcome& outcome = report.stages[static_cast<size_t>(Stage::kWeights)];
    if (happened == "ok") {
      EXPECT_NE(outcome.verdict, Verdict::kFail);
      continue;
    }
    EXPECT_TRUE(outcome.verdict == Verdict::kFail || outcome.verdict == Verdict::kRisk);
    const std::string told = outcome.message.substr(0, 300);
    if (outcome.verdict == Verdict::kRisk) {
      ++doubts;
    } else if (told.empty()) {
      ++silent;
    } else if (happened.starts_with(told)) {
      ++right;
    } else {
      ++wrong;
    }
  }
  EXPECT_GT(right, 250);
  EXPECT_LT(doubts, 100);
  EXPECT_LT(wrong, 25) << right << " " << silent << " " << doubts;
}

}  // namespace
}  // namespace weighlock
