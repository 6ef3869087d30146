// Expected parameters beside what the classes of real releases have: tests/data/families.json was
// made in seventeen runtimes, tests/data/family_states.json by tools/harvest/parameters.py in
// forty.
#include "compat/families.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "compat/expected_models.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

JsonValue Json(std::string_view text) {
  auto json = ParseJson(AsBytes(text), Limits());
  EXPECT_TRUE(json);
  return json ? *std::move(json) : JsonValue();
}

Target Of(const std::string& transformers) {
  return *ParseTarget("transformers==" + transformers);
}

std::string Line(std::string_view name, const std::vector<uint64_t>& shape) {
  return fmt::format("{} [{}]", name, fmt::join(shape, ", "));
}

// Parts that 3.0 has and never uses in these classes, or that are buffers in all but name.
bool IsUnused(std::string_view line, std::string_view transformers) {
  return transformers == "3.0.2" &&
         (line.find(".pooler.") != std::string_view::npos ||
          line.find("EncDecAttention.relative_attention_bias") != std::string_view::npos);
}

TEST(Families, HaveTheParametersOfTheRealClasses) {
  const auto families = Families::Builtin();
  ASSERT_TRUE(families);
  const std::string text = ReadFile(WL_TEST_DATA "/families.json");
  const JsonValue cases = Json(text);
  EXPECT_GT(cases.items.size(), 90u);
  for (const JsonValue& row : cases.items) {
    for (const JsonValue& transformers : row.Find("transformers")->items) {
      const std::string& name = *row.FindString("class");
      SCOPED_TRACE(name + " in transformers " + transformers.text);
      std::vector<std::string> wanted, got;
      for (const JsonValue& parameter : row.Find("parameters")->items) {
        std::vector<uint64_t> shape;
        for (size_t i = 1; i < parameter.items.size(); ++i) {
          shape.push_back(parameter.items[i].AsUint().value_or(0));
        }
        const std::string line = Line(parameter.items[0].text, shape);
        if (!IsUnused(line, transformers.text)) wanted.push_back(line);
      }
      const auto model = families->Expect(name, *row.Find("config"), Of(transformers.text));
      ASSERT_TRUE(model);
      for (const ExpectedParameter& p : model->parameters) {
        if (p.is_buffer || p.is_alias) continue;
        // Two names of one tensor: which of them is the parameter's changed.
        const bool tied = p.name == "roberta.embeddings.word_embeddings.weight" &&
                          name == "XLMRobertaForMaskedLM" && transformers.text >= "5";
        got.push_back(Line(tied ? "lm_head.decoder.weight" : p.name, p.shape));
      }
      std::erase_if(got, [&](const std::string& l) { return IsUnused(l, transformers.text); });
      std::sort(wanted.begin(), wanted.end());
      std::sort(got.begin(), got.end());
      EXPECT_EQ(wanted, got);
    }
  }
}

bool IsEarlier(std::string_view release, std::string_view bound) {
  const auto spec = VersionSpec::Parse(fmt::format("<{}", bound));
  const Target target = Of(std::string(release));
  return spec->Contains(*target.Find("transformers")->version);
}

// A line of the record without what is not told of this release: tools/harvest/parameters.py.
std::string StateLine(const ExpectedParameter& p, const ExpectedModel& model, bool with_module) {
  if (p.is_alias) {
    for (const auto& [name, other] : model.tied) {
      if (name == p.name) return fmt::format("{} = {}", name, other);
    }
  }
  return Line(p.name, p.shape) + (with_module ? " " + p.module : "");
}

// Buffers of no fixed shape, or made anew by every release: known by the ends of their names.
bool IsUnshaped(std::string_view line, const ExpectedModel& model) {
  const std::string_view name = line.substr(0, line.find(' '));
  return std::any_of(model.buffers.begin(), model.buffers.end(),
                     [&](const std::string& end) {
                       return ("." + std::string(name)).ends_with("." + end);
                     }) &&
         std::none_of(model.parameters.begin(), model.parameters.end(),
                      [&](const ExpectedParameter& p) { return p.name == name; });
}

// Shapes, the order up to 4.50, in which messages name them, and the modules from 4.51 to 4.57,
// which they name.
void ExpectState(const JsonValue& row, const ExpectedModel& model, const std::string& release) {
  std::vector<std::string> wanted, got;
  for (const JsonValue& line : row.Find("state")->items) {
    if (!IsUnshaped(line.text, model)) wanted.push_back(line.text);
  }
  const bool has_order = IsEarlier(release, "4.51.0");
  const bool has_module = !has_order && IsEarlier(release, "5.0.0");
  for (const ExpectedParameter& p : model.parameters) {
    got.push_back(StateLine(p, model, has_module));
  }
  if (!has_order) std::sort(got.begin(), got.end());
  if (!has_order) std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(wanted, got);
}

TEST(Families, HaveTheStateOfTheRealClasses) {
  const auto families = Families::Builtin();
  ASSERT_TRUE(families);
  const JsonValue rows = Json(ReadFile(WL_TEST_DATA "/family_states.json"));
  std::set<std::string> known, unknown;
  for (const JsonValue& row : rows.items) {
    for (const JsonValue& release : row.Find("transformers")->items) {
      const std::string& name = *row.FindString("class");
      SCOPED_TRACE(name + " in transformers " + release.text);
      // The record of 4.31 and later was made with torch 2.1 and later, the others before it.
      const char* torch = IsEarlier(release.text, "4.31.0") ? "1.13.1" : "2.1.2";
      const auto target =
          ParseTarget(fmt::format("transformers=={},torch=={}", release.text, torch));
      const auto model = families->Expect(name, *row.Find("config"), *target);
      (model ? known : unknown).insert(name);
      if (model) ExpectState(row, *model, release.text);
    }
  }
  EXPECT_GE(known.size(), 100u);
  // Of these some configurations are told to be not known, in some releases.
  EXPECT_EQ(unknown, (std::set<std::string>{
                         "BartForConditionalGeneration", "BlenderbotForConditionalGeneration",
                         "DebertaV2ForMaskedLM", "GPTJForSequenceClassification",
                         "MBartForConditionalGeneration", "MarianMTModel",
                         "PegasusForConditionalGeneration", "StableLmForCausalLM"}));
}

TEST(Families, ExpectNothingOfWhatTheyDoNotKnow) {
  const auto families = Families::Builtin();
  ASSERT_TRUE(families);
  const Target target = Of("4.37.2");
  EXPECT_FALSE(families->Expect("GraphormerModel", Json("{}"), target));
  // Numbers that are none, sizes that overflow, more layers than any model has.
  for (const char* config :
       {R"({"hidden_size":32.0})", R"({"hidden_size":"32"})", R"({"hidden_size":-1})",
        R"({"hidden_size":[32]})", R"({"num_hidden_layers":1000000000000})"}) {
    EXPECT_FALSE(families->Expect("BertModel", Json(config), target)) << config;
  }
  const char* nothing = R"({"num_hidden_groups":1000000000000,"inner_group_num":0})";
  EXPECT_FALSE(families->Expect("AlbertModel", Json(nothing), target));
  for (const char* config : {R"({"num_attention_heads":0})", R"({"head_dim":18446744073709551615})",
                             R"({"num_hidden_layers":18446744073709551615})"}) {
    EXPECT_FALSE(families->Expect("LlamaModel", Json(config), Of("4.52.4"))) << config;
  }
}

// What Parse leaves for later, it must be able to do later: the file is whole, in each family.
TEST(Families, AreWhole) {
  const JsonValue file = Json(ReadFile(WL_SOURCE_DIR "/kb/families.json"));
  for (const JsonMember& family : file.Find("families")->members) {
    for (const char* key : {"prefix", "defaults", "parameters", "heads"}) {
      EXPECT_NE(family.value.Find(key), nullptr) << family.name << " has no " << key;
    }
  }
  EXPECT_FALSE(Families::Parse(R"({"schema": "weighlock-families/2"})"));
  EXPECT_FALSE(Families::Parse(R"({"schema": "weighlock-families/1", "families": {}})"));
  EXPECT_FALSE(Families::Parse("{\"schema\": \"weighlock-families/1\",\n    \"bert\": {"));
}

// Targets that answer alike share a model, and only those.
TEST(ExpectedModels, AreMadeOncePerAnswer) {
  const auto families = Families::Builtin();
  ASSERT_TRUE(families);
  const JsonValue config = Json(R"({"num_hidden_layers": 1})");
  ExpectedModels models(*families, config);
  const ExpectedModel* bert = models.Of("BertModel", Of("4.37.2"));
  ASSERT_NE(bert, nullptr);
  EXPECT_EQ(models.Of("BertModel", Of("4.37.1")), bert);
  EXPECT_NE(models.Of("BertForMaskedLM", Of("4.37.1")), bert);
  const ExpectedModel* old = models.Of("BertModel", Of("4.30.2"));  // position_ids were saved
  ASSERT_NE(old, nullptr);
  EXPECT_NE(old, bert);
  EXPECT_EQ(models.Of("NobodyHasThis", Of("4.37.2")), nullptr);
}

TEST(Families, TakeTheDefaultsOfTheirClass) {
  const auto families = Families::Builtin();
  ASSERT_TRUE(families);
  const auto model = families->Expect("BertForSequenceClassification", Json("{}"), Of("4.45.2"));
  ASSERT_TRUE(model);
  EXPECT_EQ(model->parameters.size(), 201u);
  EXPECT_EQ(Line(model->parameters[0].name, model->parameters[0].shape),
            "bert.embeddings.word_embeddings.weight [30522, 768]");
  EXPECT_EQ(Line(model->parameters.back().name, model->parameters.back().shape),
            "classifier.bias [2]");
}

}  // namespace
}  // namespace weighlock
