// The harvested table: what is built in, and what a table must look like.
#include "compat/releases.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace weighlock {
namespace {

Version V(const char* text) {
  return *Version::Parse(text);
}

TEST(Releases, ModelTypes) {
  const auto releases = Releases::Builtin();
  ASSERT_TRUE(releases) << releases.error().Message();
  const struct {
    const char* type;
    const char* transformers;
    Tri known;
  } cases[] = {
      {"bert", "3.0.2", Tri::kYes},
      {"bert", "5.23.0", Tri::kYes},
      {"llama", "4.11.3", Tri::kNo},
      {"llama", "4.27.4", Tri::kNo},
      {"llama", "4.28.0", Tri::kYes},
      {"mistral", "4.33.3", Tri::kNo},
      {"mistral", "4.34.0", Tri::kYes},
      {"qwen2", "4.36.2", Tri::kNo},
      {"qwen2", "4.37.0", Tri::kYes},
      {"no_such_model", "4.37.2", Tri::kNo},
      {"llama", "4.28.0.dev0", Tri::kUnknown},   // between a release without it and one with it
      {"bitnet", "4.52.0", Tri::kUnknown},       // a release that was taken back
      {"bert", "4.52.0", Tri::kYes},             // known before it and behind it
      {"no_such_model", "99.0", Tri::kUnknown},  // newer than the table
      {"bert", "99.0", Tri::kUnknown},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(releases->KnowsModelType(c.type, V(c.transformers)), c.known)
        << c.type << " " << c.transformers;
  }
}

TEST(Releases, ConfigKeys) {
  const auto releases = Releases::Builtin();
  ASSERT_TRUE(releases);
  const struct {
    const char* key;
    const char* transformers;
    bool known;
  } cases[] = {
      {"num_key_value_heads", "4.30.2", false}, {"num_key_value_heads", "4.31.0", true},
      {"rope_theta", "4.32.1", false},          {"rope_theta", "4.57.6", true},
      {"rope_theta", "5.0.0", false},           {"rope_parameters", "4.57.6", false},
      {"rope_parameters", "5.0.0", true},       {"hidden_size", "4.28.0", true},
      {"nobody_has_this", "4.28.0", true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(releases->HasConfigKey("llama", c.key, V(c.transformers)), c.known)
        << c.key << " " << c.transformers;
  }
}

TEST(Releases, Architectures) {
  const auto releases = Releases::Builtin();
  ASSERT_TRUE(releases);
  const struct {
    const char* type;
    const char* ending;
    const char* transformers;
    const char* name;
  } cases[] = {
      {"llama", "ForCausalLM", "4.28.0", "LlamaForCausalLM"},
      {"llama", "ForCausalLM", "4.45.2", "LlamaForCausalLM"},  // code_llama has it too
      {"code_llama", "ForCausalLM", "4.45.2", "LlamaForCausalLM"},
      {"code_llama", "ForCausalLM", "4.32.1", ""},
      {"llama", "ForCausalLM", "5.23.0", "LlamaForCausalLM"},
      {"llama", "ForMaskedLM", "4.45.2", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(releases->ArchitectureOf(c.type, c.ending, V(c.transformers)), c.name)
        << c.type << " " << c.transformers;
  }
  const std::string_view causal = "AutoModelForCausalLM";
  EXPECT_EQ(releases->ArchitectureNamedOtherwise(causal, "gemma3", V("4.50.1")),
            "Gemma3ForConditionalGeneration");
  EXPECT_EQ(releases->ArchitectureNamedOtherwise(causal, "gemma3", V("4.50.0")), "");
  EXPECT_EQ(releases->ArchitectureNamedOtherwise(causal, "llama", V("4.50.1")), "");
  EXPECT_EQ(releases->IsOfModelType("LlamaForCausalLM", "llama"), Tri::kYes);
  EXPECT_EQ(releases->IsOfModelType("LlamaForCausalLM", "code_llama"), Tri::kYes);
  EXPECT_EQ(releases->IsOfModelType("LlamaForCausalLM", "bert"), Tri::kNo);
  EXPECT_EQ(releases->IsOfModelType("NobodyHasThis", "bert"), Tri::kUnknown);
  EXPECT_EQ(releases->ModelTypeOf("BertForMaskedLM"), "bert");
  EXPECT_EQ(releases->ModelTypeOf("LlamaForCausalLM"), "");  // several
}

TEST(Releases, WhatTheyWant) {
  const auto releases = Releases::Builtin();
  ASSERT_TRUE(releases);
  EXPECT_GE(releases->through().Compare(V("5.23.0")), 0);
  const Release* release = releases->FirstFrom(V("4.37.1"), [](const Release&) { return true; });
  ASSERT_NE(release, nullptr);
  EXPECT_EQ(release->version.text(), "4.37.1");
  EXPECT_EQ(release->python, ">=3.8.0");
  const std::pair<std::string, std::string> tokenizers("tokenizers", "<0.19,>=0.14");
  EXPECT_NE(std::find(release->wants.begin(), release->wants.end(), tokenizers),
            release->wants.end());
  EXPECT_EQ(releases->FirstFrom(V("99"), [](const Release&) { return true; }), nullptr);
}

// Builtin does not look at the form of what it reads row by row: here it is.
TEST(Releases, TheTableThatIsBuiltInHasTheForm) {
  const std::string text = ReadFile(WL_SOURCE_DIR "/kb/transformers.json");
  const auto releases = Releases::Parse(AsBytes(text));
  EXPECT_TRUE(releases) << releases.error().Message();
}

TEST(Releases, AnotherFormIsRefused) {
  const std::string head = "{\"schema\":\"weighlock-transformers/1\",";
  const struct {
    std::string text, message;
  } cases[] = {
      {"{}", "+0x0: malformed: wanted schema \"weighlock-transformers/1\""},
      {head + "\"releases\":[],\"model_types\":{}}",
       "+0x0: malformed: no releases, or no model_types"},
      {head + "\"releases\":[[\"4.0\"]],\"model_types\":{}}",
       "+0x31: malformed: a release is [version, day, python, {package: versions}]"},
      {head +
           "\"releases\":[[\"4.0\",\"\",\"\",{}]],\"model_types\":{\"a\":[[\"A\",[[\"4.0\"]]]]}}",
       "+0x5d: malformed: a range is [first, last]"},
  };
  for (const auto& c : cases) {
    auto releases = Releases::Parse(AsBytes(c.text));
    ASSERT_FALSE(releases) << c.text;
    EXPECT_EQ(releases.error().Message(), c.message);
  }
}

}  // namespace
}  // namespace weighlock
