// What releases before 5 make of rope_parameters, rule by rule.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

TEST(RotaryRules, OfTheModelAndOfItsText) {
  const auto model = [](const char* type, const std::string& more) {
    return SmallModel(fmt::format(R"({{"model_type": "{}", {}}})", type, more));
  };
  const auto within = [&](const char* type, const std::string& more) {
    return model("gemma3", fmt::format(R"("text_config": {{"model_type": "{}", {}}})", type, more));
  };
  const char* half = R"("rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5})";
  const char* quarter = R"("rope_parameters": {"partial_rotary_factor": 0.25})";
  const char* llama3 = R"("rope_parameters": {"rope_type": "llama3", "factor": 8.0})";
  const char* layers = R"("layer_types": ["sliding_attention", "full_attention"],
      "rope_parameters": {"full_attention": {"rope_theta": 2e5}})";
  const RuleCase cases[] = {
      {"WL-C-047", model("nemotron", quarter), "transformers==4.49.0", "DIFFERS", ""},
      {"WL-C-047", model("nemotron", half), "transformers==4.49.0", "", ""},
      {"WL-C-047", model("phi3", half), "transformers==4.48.3", "", ""},
      {"WL-C-092", model("phi3", half), "transformers==4.48.3", "DIFFERS", ""},
      {"WL-C-092", model("phi3", half), "transformers==4.49.0", "", ""},
      {"WL-C-092", model("llama", llama3), "transformers==4.42.4", "DIFFERS", ""},
      {"WL-C-092", model("llama", llama3), "transformers==4.43.0", "", ""},
      {"WL-C-020", model("llama", llama3), "transformers==4.43.0", "DIFFERS", ""},
      {"WL-C-020", model("persimmon", half), "transformers==4.49.0", "DIFFERS", ""},
      {"WL-C-020", model("nemotron", half), "transformers==4.49.0", "", ""},
      {"WL-C-090", within("gemma3_text", layers), "transformers==4.52.4", "DIFFERS", ""},
      {"WL-C-090", within("gemma3_text", layers), "transformers==5.0.0", "", ""},
      {"WL-C-091", within("nemotron", quarter), "transformers==4.57.6", "DIFFERS", ""},
      {"WL-C-091", within("nemotron", half), "transformers==4.57.6", "", ""},
      {"WL-C-093", within("llama", llama3), "transformers==4.42.4", "DIFFERS", ""},
      {"WL-C-093", within("llama", llama3), "transformers==4.43.0", "", ""},
      {"WL-C-094", model("gemma3_text", layers), "transformers==4.52.4", "DIFFERS", ""},
      {"WL-C-094", model("gemma3_text", layers), "transformers==4.53.3", "", ""},
      {"WL-C-095", within("gemma3_text", layers), "transformers==4.52.4", "DIFFERS", ""},
      {"WL-C-095", within("gemma3_text", layers), "transformers==4.53.3", "", ""},
  };
  TryRules(cases);
}

TEST(RotaryRules, FactorsOfPhi3) {
  const auto model = [](const char* factors, const char* more = "") {
    return SmallModel(fmt::format(R"({{"model_type": "phi3", "hidden_size": 32,
        "num_attention_heads": 4, "original_max_position_embeddings": 32, {}
        "rope_scaling": {{"type": "longrope", "long_factor": [1, 1, 1, 1], "short_factor": {}}}}})",
                                  more, factors));
  };
  const RuleCase cases[] = {
      {"WL-C-096", model("[1.0, 1.1, 1.2]"), "transformers==4.45.2", "FAIL",
       "ValueError: `rope_scaling`'s short_factor field must have length 4, got 3"},
      {"WL-C-096", model("\"x\""), "transformers==4.45.2", "FAIL",
       "ValueError: `rope_scaling`'s short_factor field must be a list of numbers, got x"},
      {"WL-C-096", model("[1, 1, 1, 1, 1]"), "transformers==5.0.0", "FAIL",
       "ValueError: `rope_parameters`'s short_factor field must have length 4, got 5"},
      {"WL-C-096", model("[]"), "transformers==5.23.0", "FAIL",
       "StrictDataclassClassValidationError: Class validation error for validator "
       "'validate_rope':\n    ValueError: `rope_parameters`'s short_factor field must have length "
       "4, got 0"},
      {"WL-C-096", model("[1.0, 1.1, 1.2, 1.3]"), "transformers==5.23.0", "", ""},
      {"WL-C-096", model("[1.0]", R"("partial_rotary_factor": 0.5,)"), "transformers==4.45.2", "",
       ""},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock
