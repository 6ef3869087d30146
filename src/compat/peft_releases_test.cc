// What releases of PEFT know, as their own sources say.
#include "compat/peft_releases.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

Version V(const char* text) {
  return *Version::Parse(text);
}

// First releases of LoraConfig's fields: each is there, and not in the release before.
TEST(PeftReleases, FieldsByRelease) {
  const PeftReleases peft = *PeftReleases::Builtin();
  const struct {
    const char *field, *first, *before;
  } table[] = {
      {"layers_to_transform", "0.4.0", "0.3.0"},
      {"rank_pattern", "0.6.0", "0.5.0"},
      {"loftq_config", "0.7.0", "0.6.2"},
      {"use_rslora", "0.8.0", "0.7.1"},
      {"use_dora", "0.9.0", "0.8.2"},
      {"layer_replication", "0.10.0", "0.9.0"},
      {"runtime_config", "0.12.0", "0.11.1"},
      {"eva_config", "0.14.0", "0.13.2"},
      {"corda_config", "0.15.0", "0.14.0"},
      {"target_parameters", "0.17.0", "0.16.0"},
      {"peft_version", "0.18.0", "0.17.1"},
  };
  for (const auto& row : table) {
    EXPECT_TRUE(peft.HasField("LoraConfig", row.field, V(row.first))) << row.field;
    EXPECT_FALSE(peft.HasField("LoraConfig", row.field, V(row.before))) << row.field;
  }
  EXPECT_TRUE(peft.HasField("LoraConfig", "base_model_name_or_path", V("0.1.0")));
  EXPECT_FALSE(peft.HasField("LoraConfig", "no_such_field", V("0.21.2")));
}

TEST(PeftReleases, WhatBecomesOfUnknownKeys) {
  const PeftReleases peft = *PeftReleases::Builtin();
  const std::pair<const char*, const char*> table[] = {
      {"0.3.0", "ignored"}, {"0.5.0", "ignored"}, {"0.6.0", "raises"},
      {"0.13.2", "raises"}, {"0.14.0", "warned"}, {"0.21.2", "warned"},
  };
  for (const auto& [version, word] : table) EXPECT_EQ(peft.UnknownKeys(V(version)), word);
}

TEST(PeftReleases, TypesAndWeights) {
  const PeftReleases peft = *PeftReleases::Builtin();
  EXPECT_EQ(peft.ConfigClass("LORA", V("0.9.0")), "LoraConfig");
  EXPECT_EQ(peft.ConfigClass("VERA", V("0.9.0")), "");
  EXPECT_EQ(peft.ConfigClass("VERA", V("0.11.1")), "VeraConfig");
  EXPECT_EQ(peft.ConfigClass("TRAINABLE_TOKENS", V("0.15.2")), "TrainableTokensConfig");
  EXPECT_FALSE(peft.ReadsSafetensors(V("0.3.0")));
  EXPECT_TRUE(peft.ReadsSafetensors(V("0.4.0")));
  EXPECT_TRUE(peft.TaskTypes(V("0.13.2")).empty());
  EXPECT_EQ(peft.TaskTypes(V("0.14.0")).size(), 6U);
  EXPECT_TRUE(peft.IsNewer(V("99.0.0")));
}

TEST(PeftReleases, Defaults) {
  const PeftReleases peft = *PeftReleases::Builtin();
  const struct {
    const char *field, *value;
    bool is_default;
  } table[] = {
      {"use_dora", "false", true},
      {"use_dora", "true", false},
      {"eva_config", "null", true},
      {"loftq_config", "{}", true},
      {"loftq_config", "null", true},
      {"eva_config", "{\"rho\": 2}", false},
      {"megatron_core", "\"megatron.core\"", true},
      {"qalora_group_size", "16", true},
      {"no_such_field", "null", false},
  };
  for (const auto& row : table) {
    const JsonValue value = *ParseJson(AsBytes(std::string_view(row.value)), Limits());
    EXPECT_EQ(peft.IsDefault("LoraConfig", row.field, value), row.is_default) << row.field;
  }
}

TEST(PeftReleases, MalformedTables) {
  for (const char* text : {"{}", R"({"schema": "weighlock-peft/1", "releases": []})",
                           R"({"schema": "weighlock-peft/1", "releases": [["x"]]})"}) {
    EXPECT_FALSE(PeftReleases::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace weighlock
