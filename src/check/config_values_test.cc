// Values of config.json that no release takes, or not all: where each rule holds, and where not.
#include <gtest/gtest.h>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

CheckedFiles Bert(const std::string& more) {
  return SmallModel(R"({"model_type": "bert")" + more + "}");
}

CheckedFiles Decoder(const std::string& type, const std::string& model, const std::string& more) {
  return SmallModel(R"({"model_type": ")" + type + R"(", "architectures": [")" + model +
                    R"(ForConditionalGeneration"], )" + more + "}");
}

TEST(ConfigValues, WhereConfigurationsAreMade) {
  const CheckedFiles labels = Bert(R"(, "id2label": ["a"])");
  const CheckedFiles odd = Bert(R"(, "id2label": {"0": "a", "1.5": "b"})");
  const CheckedFiles pruned = Bert(R"(, "pruned_heads": {"x": [1]})");
  const CheckedFiles count = Bert(R"(, "num_labels": "3")");
  const CheckedFiles empty = Bert(R"(, "quantization_config": null)");
  const RuleCase cases[] = {
      {"WL-C-031", labels, "transformers==4.28.1", "FAIL",
       "ValueError: Argument id2label should be a dictionary."},
      {"WL-C-031", labels, "transformers==4.26.1", "FAIL",
       "AttributeError: 'list' object has no attribute 'items'"},
      {"WL-C-031", labels, "transformers==5.23.0", "FAIL",
       "AttributeError: 'list' object has no attribute 'items'"},
      {"WL-C-031", odd, "transformers==4.28.1", "", ""},
      {"WL-C-032", odd, "transformers==4.28.1", "FAIL",
       "ValueError: invalid literal for int() with base 10: '1.5'"},
      {"WL-C-032", Bert(R"(, "id2label": {"-1": "a", "+2": "b"})"), "transformers==4.28.1", "", ""},
      {"WL-C-033", pruned, "transformers==4.57.1", "FAIL",
       "ValueError: invalid literal for int() with base 10: 'x'"},
      {"WL-C-033", pruned, "transformers==5.0.0", "", ""},
      {"WL-C-034", count, "transformers==4.57.1", "FAIL",
       "TypeError: 'str' object cannot be interpreted as an integer"},
      {"WL-C-034", Bert(R"(, "num_labels": "3", "id2label": {})"), "transformers==4.57.1", "", ""},
      {"WL-C-035", empty, "transformers==4.57.1", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'to_dict'"},
      {"WL-C-035", empty, "transformers==5.0.0", "", ""},
      {"WL-C-035", Bert(R"(, "quantization_config": [])"), "transformers==5.0.0", "FAIL",
       "AttributeError: 'list' object has no attribute 'to_dict'"},
      {"WL-C-013", Bert(R"(, "torch_dtype": "auto")"), "transformers==4.57.1,torch==2.6.0", "FAIL",
       "AttributeError: module 'torch' has no attribute 'auto'"},
      {"WL-C-013", Bert(R"(, "torch_dtype": "auto", "dtype": "float32")"),
       "transformers==4.57.1,torch==2.6.0", "", ""},
      {"WL-C-060", SmallModel(R"({"model_type": "llama", "hidden_size": "32"})"),
       "transformers==4.48.3", "FAIL",
       "TypeError: unsupported operand type(s) for //: 'str' and 'int'"},
      {"WL-C-060", SmallModel(R"({"model_type": "llama", "hidden_size": "32", "head_dim": 8})"),
       "transformers==4.48.3", "", ""},
      {"WL-C-061", SmallModel(R"({"model_type": "llama", "rope_scaling": {"factor": 2.0}})"),
       "transformers==4.48.3", "FAIL",
       "KeyError: \"Missing required keys in `rope_scaling` for 'rope_type'='None': "
       "{'rope_type'}\""},
      {"WL-C-061", SmallModel(R"({"model_type": "llama", "rope_scaling": null})"),
       "transformers==4.48.3", "", ""},
      {"WL-C-010", SmallModel(R"({"model_type": "llama", "rope_scaling": "linear"})"),
       "transformers==4.33.3", "FAIL",
       "ValueError: `rope_scaling` must be a dictionary with with two fields, `type` and `factor`, "
       "got linear"},
      {"WL-C-001", Bert(R"(, "model_type": null)"), "transformers==4.28.1", "FAIL",
       "KeyError: None"},
      {"WL-C-001", Bert(R"(, "model_type": 3)"), "transformers==4.37.2", "FAIL",
       "ValueError: The checkpoint you are trying to load has model type `3` but Transformers does "
       "not recognize this architecture. This could be because of an issue with the checkpoint, or "
       "because your version of Transformers is out of date."},
  };
  TryRules(cases);
}

TEST(ConfigValues, WhereModelsAreMade) {
  const CheckedFiles beyond = SmallModel(R"({"model_type": "llama", "vocab_size": 32000,
                                             "pad_token_id": 32000})");
  const CheckedFiles none = Bert(R"(, "hidden_act": null)");
  const RuleCase cases[] = {
      {"WL-W-069", beyond, "transformers==4.37.2", "FAIL",
       "AssertionError: Padding_idx must be within num_embeddings"},
      {"WL-W-069",
       SmallModel(R"({"model_type": "llama", "vocab_size": 32000, "pad_token_id": -1})"),
       "transformers==4.37.2", "", ""},
      {"WL-W-070", Bert(R"(, "hidden_dropout_prob": 2.0)"), "transformers==4.37.2", "FAIL",
       "ValueError: dropout probability has to be between 0 and 1, but got 2.0"},
      {"WL-W-070", Bert(R"(, "hidden_dropout_prob": 1.0)"), "transformers==4.37.2", "", ""},
      {"WL-W-071", Bert(R"(, "hidden_dropout_prob": null)"), "transformers==4.37.2", "FAIL",
       "TypeError: '<' not supported between instances of 'NoneType' and 'int'"},
      {"WL-W-071", Bert(R"(, "hidden_dropout_prob": 0.1)"), "transformers==4.37.2", "", ""},
      {"WL-W-072", Bert(R"(, "num_hidden_layers": "2")"), "transformers==4.37.2", "FAIL",
       "TypeError: 'str' object cannot be interpreted as an integer"},
      {"WL-W-072", Bert(R"(, "num_hidden_layers": 2)"), "transformers==4.37.2", "", ""},
      {"WL-W-073", Bert(R"(, "pad_token_id": "0")"), "transformers==4.37.2", "FAIL",
       "TypeError: '>' not supported between instances of 'str' and 'int'"},
      {"WL-W-073", Bert(R"(, "pad_token_id": 0)"), "transformers==4.37.2", "", ""},
      {"WL-W-074", none, "transformers==4.37.2", "FAIL",
       "TypeError: 'NoneType' object is not callable"},
      {"WL-W-074", Bert(R"(, "hidden_act": "gelu")"), "transformers==4.37.2", "", ""},
  };
  TryRules(cases);
}

CheckedFiles Llama(const std::string& more) {
  return SmallModel(R"({"model_type": "llama", )" + more + "}");
}

TEST(ConfigValues, RotaryEmbeddings) {
  const CheckedFiles foo = Llama(R"("rope_scaling": {"rope_type": "foo", "factor": 2.0})");
  const CheckedFiles su = Llama(R"("rope_scaling": {"type": "su", "factor": 2.0})");
  const CheckedFiles yarn = Llama(R"("rope_scaling": {"type": "yarn"})");
  const CheckedFiles linear = Llama(R"("rope_scaling": {"rope_type": "linear"})");
  const CheckedFiles five = Llama(R"("rope_parameters": {"rope_type": "mrope"})");
  const CheckedFiles text = Llama(R"("rope_scaling": "linear")");
  const CheckedFiles lacks = Llama(R"("rope_parameters": {"rope_type": "dynamic"})");
  const CheckedFiles good = Llama(R"("rope_scaling": {"rope_type": "linear", "factor": 2.0})");
  const CheckedFiles old = Llama(R"("rope_scaling": {"type": "linear", "factor": 2.0})");
  const CheckedFiles params = Llama(R"("rope_parameters": {"rope_type": "default"})");
  const std::string missing = "KeyError: \"Missing required keys in `rope_parameters` for ";
  const std::string of_linear = missing + "'rope_type'='linear': {'factor'}\"";
  const std::string of_yarn = missing + "'rope_type'='yarn': {'factor'}\"";
  const std::string of_dynamic = missing + "'rope_type'='dynamic': {'factor'}\"";
  const RuleCase cases[] = {
      {"WL-W-075", foo, "transformers==4.46.3", "FAIL", "KeyError: 'foo'"},
      {"WL-W-075", foo, "transformers==4.42.4", "", ""},
      {"WL-W-075", good, "transformers==4.46.3", "", ""},
      {"WL-W-076", su, "transformers==5.8.1", "FAIL", "KeyError: 'su'"},
      {"WL-W-076", old, "transformers==5.8.1", "", ""},
      {"WL-W-077", five, "transformers==5.8.1", "FAIL", "KeyError: 'mrope'"},
      {"WL-W-077", five, "transformers==4.57.1", "", ""},
      {"WL-W-077", params, "transformers==5.8.1", "", ""},
      {"WL-C-036", linear, "transformers==5.8.1", "FAIL", of_linear.c_str()},
      {"WL-C-036", good, "transformers==5.8.1", "", ""},
      {"WL-C-037", yarn, "transformers==5.2.0", "FAIL", of_yarn.c_str()},
      {"WL-C-037", old, "transformers==5.2.0", "", ""},
      {"WL-C-038", lacks, "transformers==5.23.0", "FAIL", of_dynamic.c_str()},
      {"WL-C-038", lacks, "transformers==4.57.1", "", ""},
      {"WL-C-039", text, "transformers==4.46.3", "FAIL",
       "AttributeError: 'str' object has no attribute 'get'"},
      {"WL-C-039", text, "transformers==5.2.0", "FAIL",
       "AttributeError: 'str' object has no attribute 'setdefault'"},
      {"WL-C-039", good, "transformers==5.2.0", "", ""},
  };
  TryRules(cases);
}

TEST(ConfigValues, ThatContradictEachOther) {
  const CheckedFiles heads = Llama(R"("hidden_size": 8, "num_attention_heads": 3)");
  const CheckedFiles even = Llama(R"("hidden_size": 8, "num_attention_heads": 4)");
  const CheckedFiles cut = SmallModel(R"({"model_type": "qwen2", "num_hidden_layers": 2,
                                          "layer_types": ["full_attention"]})");
  const CheckedFiles whole = SmallModel(R"({"model_type": "qwen2", "num_hidden_layers": 1,
                                            "layer_types": ["full_attention"]})");
  const CheckedFiles one =
      Bert(R"(, "problem_type": "single_label_classification", "id2label": {"0": "a"})");
  const CheckedFiles two =
      Bert(R"(, "problem_type": "single_label_classification", "id2label": {"0": "a", "1": "b"})");
  const std::string strict =
      "StrictDataclassClassValidationError: Class validation error for validator ";
  const std::string of_heads = strict +
                               "'validate_architecture':\n    ValueError: The hidden size (8) is "
                               "not a multiple of the number of attention heads (3).";
  const std::string says = "ValueError: `num_hidden_layers` (2) must be equal to the number of ";
  const std::string in_4 = says + "layer types (1)";
  const std::string in_8 = strict + "'validate_layer_type':\n    " + in_4;
  const std::string in_23 = strict + "'validate_layer_type':\n    " + says + "`layer_types` (1)";
  const RuleCase cases[] = {
      {"WL-C-040", heads, "transformers==5.8.1", "FAIL", of_heads.c_str()},
      {"WL-C-040", heads, "transformers==5.2.0", "", ""},
      {"WL-C-040", even, "transformers==5.8.1", "", ""},
      {"WL-W-078", heads, "transformers==4.36.2", "FAIL",
       "ValueError: hidden_size must be divisible by num_heads (got `hidden_size`: 8 and "
       "`num_heads`: 3)."},
      {"WL-W-078", heads, "transformers==4.46.3", "", ""},
      {"WL-W-078", even, "transformers==4.36.2", "", ""},
      {"WL-C-041", cut, "transformers==4.57.1", "FAIL", in_4.c_str()},
      {"WL-C-041", cut, "transformers==5.8.1", "FAIL", in_8.c_str()},
      {"WL-C-041", cut, "transformers==5.23.0", "FAIL", in_23.c_str()},
      {"WL-C-041", cut, "transformers==4.51.3", "", ""},
      {"WL-C-041", whole, "transformers==5.8.1", "", ""},
      {"WL-C-042", one, "transformers==5.8.1", "FAIL",
       "ValueError: `problem_type=\"single_label_classification\"` requires `num_labels > 1`. For "
       "binary classification use `num_labels=2`, or use `problem_type=\"regression\"` for a "
       "single-output regression head."},
      {"WL-C-042", one, "transformers==5.2.0", "", ""},
      {"WL-C-042", two, "transformers==5.8.1", "", ""},
  };
  TryRules(cases);
}

// What was left in config.json by the machine where the model was trained.
TEST(ConfigValues, LeftByTraining) {
  const CheckedFiles bert =
      Bert(R"(, "architectures": ["BertModel"], "_attn_implementation": "flash_attention_2")");
  const CheckedFiles sdpa = Bert(R"(, "_attn_implementation": "sdpa")");
  const CheckedFiles llama = Llama(R"("_attn_implementation": "flash_attention_2")");
  const CheckedFiles public_name = Llama(R"("attn_implementation": "flash_attention_2")");
  const CheckedFiles eight = Llama(R"("quantization_config": {"load_in_8bit": true})");
  const CheckedFiles four = Llama(R"("quantization_config": {"load_in_4bit": true})");
  const CheckedFiles fp8 = Llama(R"("quantization_config": {"quant_method": "fp8"})");
  const CheckedFiles null = Llama(R"("quantization_config": null)");
  const std::string toggled =
      "ImportError: FlashAttention2 has been toggled on, but it cannot be used due to the "
      "following error: ";
  const std::string in_4 =
      toggled +
      "the package flash_attn seems to be not installed. Please refer to the documentation of "
      "https://huggingface.co/docs/transformers/perf_infer_gpu_one#flashattention-2 to install "
      "Flash Attention 2.";
  const std::string in_5 =
      toggled + "the package for FlashAttention2 doesn't seem to be installed.";
  const RuleCase cases[] = {
      {"WL-W-079", bert, "transformers==4.51.3", "FAIL",
       "ValueError: BertModel does not support Flash Attention 2.0 yet. Please request to add "
       "support where the model is hosted, on its model hub page: "
       "https://huggingface.co/PKG/discussions/new or in the Transformers GitHub repo: "
       "https://github.com/huggingface/transformers/issues/new"},
      {"WL-W-079", sdpa, "transformers==4.51.3", "", ""},
      {"WL-W-080", llama, "transformers==4.51.3,flash-attn=absent", "FAIL", in_4.c_str()},
      {"WL-W-080", llama, "transformers==5.8.1,flash-attn=absent", "FAIL", in_5.c_str()},
      {"WL-W-080", llama, "transformers==5.8.1", "FAIL", in_5.c_str()},
      {"WL-W-080", llama, "transformers==5.8.1,flash-attn==2.7.0", "", ""},
      {"WL-W-081", public_name, "transformers==5.8.1,flash-attn=absent", "FAIL", in_5.c_str()},
      {"WL-W-081", public_name, "transformers==4.51.3,flash-attn=absent", "", ""},
      {"WL-W-082", eight, "transformers==4.51.3,accelerate=absent", "FAIL",
       "ImportError: Using `bitsandbytes` 8-bit quantization requires Accelerate: `pip install "
       "'accelerate>=0.26.0'`"},
      {"WL-W-082", eight, "transformers==4.51.3,accelerate==1.0.0", "", ""},
      {"WL-W-083", four, "transformers==5.8.1,accelerate=absent", "FAIL",
       "ImportError: Using `bitsandbytes` 4-bit quantization requires accelerate: `pip install "
       "'accelerate>=1.1.0'`"},
      {"WL-W-083", four, "transformers==5.8.1,accelerate==1.1.0", "", ""},
      {"WL-W-084", fp8, "transformers==4.51.3,accelerate=absent", "FAIL",
       "ImportError: Loading an FP8 quantized model requires accelerate (`pip install "
       "accelerate`)"},
      {"WL-W-084", fp8, "transformers==4.51.3,accelerate==1.1.0", "", ""},
      {"WL-W-085", null, "transformers==5.8.1", "FAIL",
       "AttributeError: 'NoneType' object has no attribute 'get'"},
      {"WL-W-085", null, "transformers==5.23.0", "", ""},
  };
  TryRules(cases);
}

TEST(ConfigValues, AnEpsilonThatChanged) {
  const auto electra = [](const std::string& version) {
    return SmallModel(R"({"model_type": "electra", "architectures": ["ElectraForMaskedLM"],
                          "transformers_version": ")" +
                      version + "\"}");
  };
  const RuleCase cases[] = {
      {"WL-C-043", electra("4.12.5"), "transformers==4.46.3", "DIFFERS", ""},
      {"WL-C-043", electra("4.25.1"), "transformers==4.12.5", "DIFFERS", ""},
      {"WL-C-043", electra("4.25.1"), "transformers==4.46.3", "", ""},
      {"WL-C-043", electra("4.12.5"), "transformers==4.16.2", "", ""},
  };
  TryRules(cases);
}

TEST(ConfigValues, WhatIsScaledBeforeTheVocabulary) {
  const CheckedFiles t5 =
      Decoder("t5", "T5", R"("scale_decoder_outputs": false, "tie_word_embeddings": true)");
  const CheckedFiles by_5 =
      Decoder("mt5", "MT5", R"("tie_word_embeddings": true, "transformers_version": "5.23.0")");
  const CheckedFiles by_4 =
      Decoder("mt5", "MT5", R"("tie_word_embeddings": true, "transformers_version": "4.57.1")");
  const CheckedFiles untied = Decoder("umt5", "UMT5", R"("tie_word_embeddings": false)");
  const RuleCase cases[] = {
      {"WL-C-026", t5, "transformers==4.57.1", "DIFFERS", ""},
      {"WL-C-026", t5, "transformers==5.0.0", "", ""},
      {"WL-C-026", Decoder("t5", "T5", R"("scale_decoder_outputs": true)"), "transformers==4.57.1",
       "", ""},
      {"WL-C-027", by_5, "transformers==4.57.1", "DIFFERS", ""},
      {"WL-C-027", by_4, "transformers==4.57.1", "", ""},
      {"WL-C-027", by_5, "transformers==5.0.0", "", ""},
      {"WL-C-028", by_4, "transformers==5.0.0", "DIFFERS", ""},
      {"WL-C-028", by_5, "transformers==5.0.0", "", ""},
      {"WL-C-029", untied, "transformers==5.0.0", "DIFFERS", ""},
      {"WL-C-029", untied, "transformers==4.57.1", "", ""},
  };
  TryRules(cases);
}

// Keys that some releases read, and others pass over without a word. Who wrote the file says what
// the model was trained with.
TEST(ConfigValues, WhatSomeReleasesPassOver) {
  const auto model = [](const std::string& type, const std::string& more) {
    return SmallModel(R"({"model_type": ")" + type + R"(", )" + more + "}");
  };
  const CheckedFiles scaled = model("gpt2", R"("scale_attn_by_inverse_layer_idx": true)");
  const CheckedFiles by_457 =
      model("gpt2", R"("scale_attn_weights": false, "transformers_version": "4.57.1")");
  const CheckedFiles gelu = model("gemma", R"("hidden_act": "gelu", "hidden_activation": null)");
  const CheckedFiles window = model("phi3", R"("sliding_window": 2047)");
  const CheckedFiles part = model(
      "gpt_neox", R"("rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5})");
  const CheckedFiles relative = model("electra", R"("position_embedding_type": "relative_key")");
  const CheckedFiles by_5 = model(
      "bert", R"("position_embedding_type": "relative_key", "transformers_version": "5.1.0")");
  const RuleCase cases[] = {
      {"WL-C-044", scaled, "transformers==4.57.1", "DIFFERS", ""},
      {"WL-C-044", scaled, "transformers==4.44.2,torch==2.0.1", "", ""},
      {"WL-C-044", scaled, "transformers==4.44.2,torch==2.1.2", "DIFFERS", ""},
      {"WL-C-044", scaled, "transformers==4.41.2", "", ""},
      {"WL-C-044", by_457, "transformers==4.57.1", "", ""},
      {"WL-C-044", by_457, "transformers==5.4.0", "DIFFERS", ""},
      {"WL-C-044", model("gpt2", R"("scale_attn_weights": true)"), "transformers==4.57.1", "", ""},
      {"WL-C-045", gelu, "transformers==4.43.4", "DIFFERS", ""},
      {"WL-C-045", gelu, "transformers==4.48.3", "", ""},
      {"WL-C-046", window, "transformers==4.43.4", "DIFFERS", ""},
      {"WL-C-046", window, "transformers==4.46.3", "", ""},
      {"WL-C-047", part, "transformers==4.57.1", "DIFFERS", ""},
      {"WL-C-047", part, "transformers==5.0.0", "", ""},
      {"WL-C-025", relative, "transformers==5.0.0", "DIFFERS", ""},
      {"WL-C-025", relative, "transformers==4.57.1", "", ""},
      {"WL-C-025", by_5, "transformers==5.0.0", "", ""},
      {"WL-C-025", by_5, "transformers==4.0.1", "DIFFERS", ""},
      {"WL-W-086", model("phi", R"("qk_layernorm": true)"), "transformers==4.43.4", "FAIL", ""},
      {"WL-W-086", model("phi", R"("qk_layernorm": true)"), "transformers==4.48.3", "", ""},
  };
  TryRules(cases);
}

// Found by tools/harvest/sweep.py: loads everywhere, and answers otherwise.
TEST(ConfigValues, WhatTheSweepFound) {
  const auto model = [](const std::string& type, const std::string& more) {
    return SmallModel(R"({"model_type": ")" + type + R"(", )" + more + "}");
  };
  const std::string four = R"("sliding_window": 4, )",
                    linear = R"("rope_scaling": {"factor": 2.0}, )";
  const auto by = [](const char* version) {
    return R"("transformers_version": ")" + std::string(version) + "\"";
  };
  const std::string on = R"("use_sliding_window": true, )",
                    off = R"("use_sliding_window": false, )";
  const auto head = [&](const std::string& name) {
    return model("roberta", R"("architectures": [")" + name + "\"]");
  };
  CheckedFiles bin = head("RobertaForMaskedLM");
  bin.erase("model.safetensors");
  const std::string act = R"("hidden_act": "gelu", "hidden_activation": )";
  const RuleCase cases[] = {
      {"WL-C-046", model("mixtral", four + by("4.46.3")), "transformers==4.38.2,torch==2.1.2",
       "DIFFERS", ""},
      {"WL-C-046", model("mixtral", four + by("4.46.3")), "transformers==4.38.2,torch==2.0.1", "",
       ""},
      {"WL-C-046", model("mixtral", four + by("4.38.2")), "transformers==4.46.3", "DIFFERS", ""},
      {"WL-C-046", model("mixtral", four + by("4.46.3")), "transformers==4.41.2", "", ""},
      {"WL-C-046", model("mixtral", four + by("4.45.2")), "transformers==4.49.0", "DIFFERS", ""},
      {"WL-C-046", model("mixtral", four + R"("max_position_embeddings": 4, )" + by("4.45.2")),
       "transformers==4.49.0", "", ""},
      {"WL-C-046", model("mistral", four + by("4.46.3")), "transformers==4.38.2,torch==2.1.2",
       "DIFFERS", ""},
      {"WL-C-046", model("mistral", four + by("4.46.3")), "transformers==4.38.2,torch==2.0.1", "",
       ""},
      {"WL-C-046", model("mistral", four + by("4.46.3")), "transformers==4.36.2,torch==2.1.2", "",
       ""},
      {"WL-C-046", model("mistral", four + by("4.46.3")), "transformers==4.40.2,torch==2.1.2", "",
       ""},
      {"WL-C-048", model("mistral", four + by("4.37.2")), "transformers==4.46.3", "OK", ""},
      {"WL-C-048", model("mistral", four + by("4.37.2")), "transformers==4.38.2,torch==2.1.2", "",
       ""},
      {"WL-C-046", model("starcoder2", four + by("4.46.3")), "transformers==4.45.2", "DIFFERS", ""},
      {"WL-C-046", model("starcoder2", four + by("4.46.3")), "transformers==4.49.0", "", ""},
      {"WL-C-046", model("qwen2", four + on + by("4.45.2")), "transformers==4.46.3", "DIFFERS", ""},
      {"WL-C-046", model("qwen2", four + off + by("4.45.2")), "transformers==4.46.3", "", ""},
      {"WL-W-090", model("qwen2", four + off + by("4.45.2")), "transformers==4.50.3", "DIFFERS",
       ""},
      {"WL-W-090", model("qwen2", four + off + by("4.50.3")), "transformers==4.53.0", "DIFFERS",
       ""},
      {"WL-W-090", model("qwen2", four + on + by("4.45.2")), "transformers==4.50.3", "", ""},
      {"WL-W-090", model("qwen2", four + off + by("4.45.2")), "transformers==4.53.0", "", ""},
      {"WL-W-091", model("mistral", linear + by("4.48.3")), "transformers==4.47.1", "DIFFERS", ""},
      {"WL-W-091", model("mistral", linear + by("4.45.2")), "transformers==4.47.1", "", ""},
      {"WL-W-091", model("qwen2", linear + by("4.46.3")), "transformers==4.45.0", "", ""},
      {"WL-W-092", head("RobertaForMaskedLM"), "transformers==4.45.2", "DIFFERS", ""},
      {"WL-W-092", head("RobertaForMaskedLM"), "transformers==4.51.0", "", ""},
      {"WL-W-092", head("RobertaForSequenceClassification"), "transformers==4.45.2", "", ""},
      {"WL-W-092", bin, "transformers==4.45.2", "", ""},
      {"WL-W-093", model("gemma", act + R"("gelu_pytorch_tanh", )" + by("4.45.2")),
       "transformers==4.49.0", "DIFFERS", ""},
      {"WL-W-093", model("gemma", act + R"("gelu", )" + by("4.45.2")), "transformers==4.49.0", "",
       ""},
      {"WL-W-094", model("gemma2", by("4.45.2")), "transformers==4.49.0", "DIFFERS", ""},
      {"WL-W-094", model("gemma2", by("4.49.0")), "transformers==5.23.0", "DIFFERS", ""},
      {"WL-W-094", model("gemma2", by("4.45.2")), "transformers==5.23.0", "", ""},
      {"WL-W-094", model("gemma2", R"("attn_logit_softcapping": null, )" + by("4.45.2")),
       "transformers==4.49.0", "", ""},
      {"WL-W-095", model("falcon", R"("activation": "relu")"), "transformers==4.37.2", "DIFFERS",
       ""},
      {"WL-W-095", model("falcon", R"("activation": "relu")"), "transformers==4.40.0", "", ""},
      {"WL-W-096", model("phi", by("4.45.2")), "transformers==5.0.0", "FAIL",
       "AttributeError: 'PhiConfig' object has no attribute 'pad_token_id'"},
      {"WL-W-096", model("phi", R"("pad_token_id": null)"), "transformers==5.0.0", "", ""},
      {"WL-W-097", model("stablelm", by("4.45.2")), "transformers==5.0.0", "FAIL",
       "AttributeError: 'StableLmConfig' object has no attribute 'pad_token_id'"},
      {"WL-W-097", model("stablelm", by("4.45.2")), "transformers==5.1.0", "", ""},
  };
  TryRules(cases);
}

// An object is wanted: what is raised where there is none depends on what the release does first.
TEST(ConfigValues, NoObjectAtAll) {
  const CheckedFiles list = With(Bert(""), "config.json", "[]");
  const CheckedFiles null = With(Bert(""), "config.json", "null");
  const CheckedFiles latin =
      With(Bert(""), "config.json", "{\"model_type\": \"bert\", \"a\": \"\xe9\"}");
  const RuleCase cases[] = {
      {"WL-C-002", list, "transformers==4.37.2", "FAIL",
       "TypeError: list indices must be integers or slices, not str"},
      {"WL-C-002", null, "transformers==4.37.2", "FAIL",
       "TypeError: 'NoneType' object does not support item assignment"},
      {"WL-C-002", list, "transformers==5.23.0", "FAIL",
       "ValueError: Unrecognized model in PKG. Should have a `model_type` key in its config.json."},
      {"WL-C-002", null, "transformers==5.23.0", "FAIL",
       "TypeError: argument of type 'NoneType' is not iterable"},
      {"WL-C-002", latin, "transformers==4.37.2", "FAIL",
       "OSError: It looks like the config file at 'PKG/config.json' is not a valid JSON file."},
  };
  TryRules(cases);
}

TEST(ConfigValues, WhatEmbeddingsAreMadeOf) {
  const std::string in_15 =
      "TypeError: empty(): argument 'size' (position 1) must be tuple of ints, but found element "
      "of "
      "type NoneType at pos 0";
  const char* compared = "TypeError: '<' not supported between instances of 'int' and 'NoneType'";
  const CheckedFiles none = Bert(R"(, "vocab_size": null, "pad_token_id": 0)");
  const CheckedFiles padded = Llama(R"("vocab_size": null, "pad_token_id": 1)");
  const CheckedFiles theta = Llama(R"("rope_theta": null)");
  const CheckedFiles heads = SmallModel(R"({"model_type": "gpt2", "n_embd": 32, "n_head": 5})");
  const CheckedFiles dims = SmallModel(R"({"model_type": "distilbert", "dim": 32, "n_heads": 5})");
  const RuleCase cases[] = {
      {"WL-W-165", none, "transformers==4.57.1,torch==2.15.0", "FAIL", in_15.c_str()},
      {"WL-W-165", padded, "transformers==4.57.1,torch==2.15.0", "", ""},
      {"WL-W-165", none, "transformers==5.4.0,torch==2.15.0", "", ""},
      {"WL-W-166", padded, "transformers==4.38.2,torch==2.1.2", "FAIL", compared},
      {"WL-W-166", none, "transformers==4.38.2,torch==2.1.2", "", ""},
      {"WL-W-167", Bert(R"(, "max_position_embeddings": null)"),
       "transformers==4.57.1,torch==2.15.0", "FAIL", in_15.c_str()},
      {"WL-W-167", Bert(R"(, "max_position_embeddings": 64)"), "transformers==4.57.1,torch==2.15.0",
       "", ""},
      {"WL-W-168", Bert(R"(, "intermediate_size": null)"), "transformers==4.57.1,torch==2.15.0",
       "FAIL", in_15.c_str()},
      {"WL-W-168", Bert(""), "transformers==4.57.1,torch==2.15.0", "", ""},
      {"WL-W-169", theta, "transformers==4.38.2", "FAIL",
       "TypeError: unsupported operand type(s) for ** or pow(): 'NoneType' and 'Tensor'"},
      {"WL-W-169", theta, "transformers==4.31.0", "", ""},
      {"WL-C-070", Bert(R"(, "num_attention_heads": null)"), "transformers==4.46.3", "FAIL",
       "TypeError: unsupported operand type(s) for %: 'int' and 'NoneType'"},
      {"WL-C-070", Bert(R"(, "num_attention_heads": 4)"), "transformers==4.46.3", "", ""},
      {"WL-C-071", heads, "transformers==4.31.0", "FAIL",
       "ValueError: `embed_dim` must be divisible by num_heads (got `embed_dim`: 32 and "
       "`num_heads`: 5)."},
      {"WL-C-071", heads, "transformers==4.5.1", "", ""},
      {"WL-C-072", dims, "transformers==4.25.1", "FAIL",
       "ValueError: config.n_heads 5 must divide config.dim 32 evenly"},
      {"WL-C-072", dims, "transformers==4.24.0", "", ""},
      {"WL-C-079", SmallModel(R"({"model_type": "distilbert", "activation": "relu6x"})"),
       "transformers==4.31.0", "FAIL",
       "KeyError: \"function relu6x not found in ACT2FN mapping ['gelu', 'gelu_10', 'gelu_fast', "
       "'gelu_new', 'gelu_python', 'gelu_pytorch_tanh', 'gelu_accurate', 'laplace', 'linear', "
       "'mish', 'quick_gelu', 'relu', 'relu2', 'relu6', 'sigmoid', 'silu', 'swish', 'tanh']\""},
      {"WL-C-079", SmallModel(R"({"model_type": "distilbert", "activation": "relu"})"),
       "transformers==4.31.0", "", ""},
      {"WL-C-073", Bert(R"(, "id2label": {"0": "a"}, "label2id": [])"), "transformers==4.38.2",
       "FAIL", "ValueError: Argument label2id should be a dictionary."},
      {"WL-C-073", Bert(R"(, "id2label": {"0": "a"}, "label2id": {})"), "transformers==4.38.2", "",
       ""},
      {"WL-C-074", Llama(R"("num_key_value_heads": 0)"), "transformers==4.41.2", "FAIL",
       "ZeroDivisionError: integer division or modulo by zero"},
      {"WL-C-074", Llama(R"("num_key_value_heads": 1)"), "transformers==4.41.2", "", ""},
      {"WL-C-075", Bert(R"(, "vocab_size": 0)"), "transformers==4.38.2", "FAIL",
       "IndexError: index 0 is out of bounds for dimension 0 with size 0"},
      {"WL-C-075", none, "transformers==4.38.2", "", ""},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock
