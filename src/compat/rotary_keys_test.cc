// What releases before 5 miss of rope_parameters, by table: key, form, and ! where it differs.
#include "compat/rotary_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weighlock {
namespace {

// "rope_theta !", "rope_scaling two !", ...
std::string Missed(const std::string& config, const char* release) {
  const auto json = ParseJson(AsBytes(config), Limits());
  EXPECT_TRUE(json) << config;
  constexpr const char* kForms[] = {"", " two", " three", " any", "", " ignored", " refused"};
  std::string all;
  for (const RotaryValue& value : RotaryKeys::Builtin().Missed(*json, *Version::Parse(release))) {
    all += fmt::format("{}{}{}{}", all.empty() ? "" : ", ", value.key,
                       kForms[static_cast<size_t>(value.form)], value.differs ? " !" : "");
  }
  return all;
}

std::string Model(const char* type, const char* rope, const char* more = "") {
  return fmt::format(R"({{"model_type": "{}", "rope_parameters": {{{}}}{}}})", type, rope, more);
}

TEST(RotaryKeys, Table) {
  const char* theta = R"("rope_type": "default", "rope_theta": 5e4)";
  const char* half = R"("rope_theta": 10000.0, "partial_rotary_factor": 0.5)";
  const char* quarter = R"("rope_theta": 1e4, "partial_rotary_factor": 0.25)";
  const char* linear = R"("rope_type": "linear", "factor": 4.0)";
  const char* llama3 = R"("rope_type": "llama3", "factor": 8.0)";
  const char* longrope = R"("rope_type": "longrope", "short_factor": [1], "long_factor": [1])";
  const char* layers = R"("full_attention": {"rope_type": "linear", "factor": 8, "rope_theta": 1e6},
                          "sliding_attention": {"rope_theta": 5e3})";
  const char* every_third =
      R"(, "layer_types": ["sliding_attention", "sliding_attention", "full_attention"])";
  const char* two_full = R"(, "layer_types": ["full_attention", "sliding_attention"])";
  const struct {
    std::string config;
    const char* release;
    const char* missed;
  } cases[] = {
      {Model("llama", theta), "4.57.6", "rope_theta !"},
      {Model("llama", theta), "4.32.1", "rope_theta ignored !"},
      {Model("llama", R"("rope_theta": 10000)"), "4.32.1", ""},
      {Model("llama", R"("rope_theta": 10000)"), "4.57.6", "rope_theta"},
      {Model("llama", theta), "5.0.0", ""},
      {Model("llama", theta, R"(, "rope_theta": 5e4)"), "4.57.6", ""},
      {Model("llama", theta, R"(, "rope_theta": null)"), "4.57.6", "rope_theta !"},
      {Model("llama", theta), "4.27.4", ""},  // it knows no such model
      {R"({"model_type": "llama", "rope_parameters": null})", "4.57.6", ""},
      {Model("mixtral", R"("rope_theta": 1000000)"), "4.57.6", "rope_theta"},
      {Model("persimmon", half), "4.57.6", "rope_theta !, partial_rotary_factor"},
      {Model("persimmon", quarter), "4.37.2", "rope_theta !, partial_rotary_factor !"},
      {Model("nemotron", quarter), "4.45.2", "rope_theta, partial_rotary_factor !"},
      {Model("gpt_neox", half), "4.30.2", "rotary_emb_base, rotary_pct !"},
      {Model("gpt_neox", half), "4.24.0", "rotary_emb_base, rotary_pct !"},
      {Model("phi3", half), "4.48.3", "rope_theta, partial_rotary_factor ignored !"},
      {Model("phi3", half), "4.49.0", "rope_theta, partial_rotary_factor !"},
      {Model("glm", half), "4.46.3", "rope_theta"},
      {Model("llama", linear), "4.30.2", "rope_scaling ignored !"},
      {Model("llama", linear), "4.37.2", "rope_scaling two !"},
      {Model("llama", linear), "4.43.0", "rope_scaling any !"},
      {Model("llama", llama3), "4.42.4", "rope_scaling refused !"},
      {Model("llama", llama3), "4.43.0", "rope_scaling any !"},
      {Model("llama", llama3, R"(, "rope_scaling": {"rope_type": "llama3"})"), "4.43.0", ""},
      {Model("mistral", linear), "4.47.1", "rope_scaling ignored !"},
      {Model("falcon", linear), "4.34.1", "rope_scaling ignored !"},
      {Model("phi3", longrope), "4.57.6", "rope_scaling three !"},
      {Model("phi3", linear), "4.57.6", "rope_scaling refused !"},
      {Model("gpt_oss", R"("rope_type": "default")"), "4.57.6", "rope_scaling any !"},
      {Model("modernbert", layers), "4.49.0",
       "global_rope_theta !, local_rope_theta !, rope_scaling any !"},
      {Model("gemma3_text", layers, every_third), "4.52.4",
       "rope_theta, rope_local_base_freq !, rope_scaling any !, sliding_window_pattern !"},
      {Model("gemma3_text", layers, two_full), "4.52.4",
       "rope_theta, rope_local_base_freq !, rope_scaling any !, sliding_window_pattern ignored !"},
      {Model("gemma3_text", layers, every_third), "4.53.3",
       "rope_theta, rope_local_base_freq !, rope_scaling any !"},
      {Model("nobodys", theta), "4.57.6", "rope_theta !"},
      {Model("nobodys", theta), "4.32.1", "rope_theta ignored !"},
      {Model("bamba", theta), "4.57.6", "rope_theta !"},
  };
  for (const auto& [config, release, missed] : cases) {
    EXPECT_EQ(Missed(config, release), missed) << config << " in " << release;
  }
}

TEST(RotaryKeys, FormIsTold) {
  EXPECT_TRUE(RotaryKeys::Parse(AsBytes(std::string_view(
      R"({"schema": "weighlock-rotary/1", "keys": {}, "types": {}, "anybody": {}})"))));
  for (const char* bad : {
           "{}",
           R"({"schema": "weighlock-rotary/1", "keys": {}, "types": {}})",
           R"({"schema": "weighlock-rotary/1", "keys": {}, "types": {"a": {}}, "anybody": {}})",
           R"({"schema": "weighlock-rotary/1", "keys": {}, "anybody": {},
               "types": {"a": {"known": [], "rope_scaling": [["any", []]]}}})",
       }) {
    EXPECT_FALSE(RotaryKeys::Parse(AsBytes(std::string_view(bad)))) << bad;
  }
}

}  // namespace
}  // namespace weighlock
