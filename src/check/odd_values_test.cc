// Values of config.json and generation_config.json of odd types: where each rule holds, and where
// not.
#include <gtest/gtest.h>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

CheckedFiles Model(const std::string& type, const std::string& model, const std::string& more) {
  return SmallModel(R"({"model_type": ")" + type + R"(", "architectures": [")" + model + R"("])" +
                    more + "}");
}

CheckedFiles Bert(const std::string& more) {
  return Model("bert", "BertForSequenceClassification", more);
}

CheckedFiles Llama(const std::string& more) {
  return Model("llama", "LlamaForCausalLM", more);
}

// Most words are Python's own for anything, which explain takes only behind a traceback.
void TryValues(std::span<const RuleCase> cases) {
  for (const RuleCase& c : cases) {
    SCOPED_TRACE(std::string(c.rule) + " in " + c.target);
    const CheckReport report = CheckFiles(c.files, c.target);
    const CheckFinding* finding = FindRule(report, c.rule);
    NoteTried(c.rule, finding != nullptr);
    EXPECT_EQ(finding == nullptr ? "" : VerdictName(finding->verdict), c.verdict);
    EXPECT_EQ(finding == nullptr ? "" : finding->message, c.message);
  }
}

TEST(OddValues, WhereConfigurationsAreMade) {
  const RuleCase cases[] = {
      {"WL-C-110", Bert(R"(, "num_labels": [3])"), "transformers==4.37.2", "FAIL",
       "TypeError: 'list' object cannot be interpreted as an integer"},
      {"WL-C-110", Bert(R"(, "num_labels": [3], "id2label": {})"), "transformers==4.37.2", "", ""},
      {"WL-C-110", Bert(R"(, "num_labels": 3)"), "transformers==4.37.2", "", ""},
      {"WL-C-110", Bert(R"(, "id2label": true)"), "transformers==5.23.0", "FAIL",
       "AttributeError: 'bool' object has no attribute 'items'"},
      {"WL-C-110", Bert(R"(, "pruned_heads": null)"), "transformers==4.37.2", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'items'"},
      {"WL-C-110", Bert(R"(, "pruned_heads": null)"), "transformers==4.56.2", "", ""},
      {"WL-C-110", Bert(R"(, "torch_dtype": 3)"), "transformers==4.37.2", "FAIL",
       "IndexError: list index out of range"},
      {"WL-C-110", Bert(R"(, "torch_dtype": 0.5)"), "transformers==4.37.2", "", ""},
      {"WL-C-110", Bert(R"(, "torch_dtype": 3)"), "transformers==4.56.2", "", ""},
      {"WL-C-110", Bert(R"(, "quantization_config": 0.5)"), "transformers==4.37.2", "FAIL",
       "AttributeError: 'float' object has no attribute 'to_dict'"},
      {"WL-C-111", Bert(R"(, "auto_map": null)"), "transformers==4.37.2", "FAIL",
       "TypeError: argument of type 'NoneType' is not iterable"},
      {"WL-C-111", Bert(R"(, "auto_map": "x")"), "transformers==4.37.2", "", ""},
      {"WL-C-111", Llama(R"(, "num_attention_heads": [4])"), "transformers==4.45.2", "FAIL",
       "TypeError: unsupported operand type(s) for //: 'int' and 'list'"},
      {"WL-C-111", Llama(R"(, "num_attention_heads": [4], "head_dim": 8)"), "transformers==4.45.2",
       "", ""},
      {"WL-C-001", SmallModel(R"({"model_type": ["bert"]})"), "transformers==4.37.2", "FAIL",
       "TypeError: unhashable type: 'list'"},
      {"WL-C-016", Llama(R"(, "rope_scaling": 0.5)"), "transformers==5.23.0", "FAIL",
       "StrictDataclassFieldValidationError: Validation error for field 'rope_parameters':\n    "
       "TypeError: Field 'rope_parameters' with value 0.5 doesn't match any type in (<class "
       "'transformers.modeling_rope_utils.RopeParameters'>, <class 'dict'>, <class 'NoneType'>). "
       "Errors: TypedDict does not support instance and class checks; Field 'rope_parameters' "
       "expected dict, got float (value: 0.5); Field 'rope_parameters' expected NoneType, got "
       "float "
       "(value: 0.5)"},
      {"WL-C-016", Llama(R"(, "rope_scaling": {})"), "transformers==5.23.0", "", ""},
  };
  TryValues(cases);
}

TEST(OddValues, WhereModelsAreMadeAndRun) {
  const RuleCase cases[] = {
      {"WL-W-190", Bert(R"(, "pad_token_id": [0])"), "transformers==4.37.2,torch==2.1.2", "FAIL",
       "TypeError: '>' not supported between instances of 'list' and 'int'"},
      {"WL-W-190", Bert(R"(, "pad_token_id": null)"), "transformers==4.37.2,torch==2.1.2", "", ""},
      {"WL-W-190", Bert(R"(, "hidden_dropout_prob": [0.1])"), "transformers==4.37.2,torch==2.1.2",
       "FAIL", "TypeError: '<' not supported between instances of 'list' and 'int'"},
      // Another rule says the same, and what is raised once is told once.
      {"WL-W-071", Bert(R"(, "hidden_dropout_prob": null)"), "transformers==4.37.2,torch==2.1.2",
       "FAIL", "TypeError: '<' not supported between instances of 'NoneType' and 'int'"},
      {"WL-W-190", Bert(R"(, "hidden_dropout_prob": null)"), "transformers==4.37.2,torch==2.1.2",
       "", ""},
      {"WL-W-190", Bert(R"(, "num_attention_heads": {"a": 1})"),
       "transformers==4.37.2,torch==2.1.2", "FAIL",
       "TypeError: unsupported operand type(s) for %: 'int' and 'dict'"},
      {"WL-W-190", Bert(R"(, "num_hidden_layers": [2])"), "transformers==4.37.2,torch==2.1.2",
       "FAIL", "TypeError: 'list' object cannot be interpreted as an integer"},
      {"WL-W-190", Llama(R"(, "hidden_act": ["silu"])"), "transformers==4.37.2,torch==2.1.2",
       "FAIL", "TypeError: unhashable type: 'list'"},
      {"WL-W-190", Llama(R"(, "max_position_embeddings": 66.0)"),
       "transformers==4.38.2,torch==2.1.2", "FAIL", ""},
      {"WL-W-190", Llama(R"(, "max_position_embeddings": 66.0)"),
       "transformers==4.39.3,torch==2.1.2", "", ""},
      {"WL-W-191", Bert(R"(, "hidden_act": 3)"), "transformers==4.37.2,torch==2.1.2", "FAIL",
       "TypeError: 'int' object is not callable"},
      {"WL-W-191", Bert(R"(, "layer_norm_eps": 1)"), "transformers==4.37.2,torch==2.1.2", "", ""},
  };
  TryValues(cases);
}

CheckedFiles Writer(const std::string& generation) {
  return With(Llama(""), "generation_config.json", generation);
}

TEST(OddValues, WhereTextsAreWritten) {
  const RuleCase cases[] = {
      {"WL-W-192", Writer(R"({"suppress_tokens": 5})"), "transformers==5.23.0", "FAIL",
       "TypeError: 'int' object is not iterable"},
      {"WL-W-192", Writer(R"({"suppress_tokens": 5})"), "transformers==5.8.0", "", ""},
      {"WL-W-192", Writer(R"({"watermarking_config": "x"})"), "transformers==4.45.2", "FAIL",
       "TypeError: transformers.generation.configuration_utils.WatermarkingConfig() argument after "
       "** must be a mapping, not str"},
      {"WL-W-192", Writer(R"({"watermarking_config": null})"), "transformers==5.23.0", "", ""},
  };
  TryValues(cases);
}

}  // namespace
}  // namespace weighlock
