// Sizes that no model can have, in families that are known and in others: never a word of praise.
#include <gtest/gtest.h>

#include "support/check_files.h"
#include "support/rule_cases.h"
#include "support/tried_rules.h"

namespace weighlock {
namespace {

CheckedFiles Model(const std::string& type, const std::string& architecture,
                   const std::string& sizes) {
  return SmallModel(R"({"model_type": ")" + type + R"(", "architectures": [")" + architecture +
                    R"("], )" + sizes + "}");
}

CheckedFiles Gpt2(const std::string& sizes) {
  return Model("gpt2", "GPT2LMHeadModel", sizes);
}

CheckedFiles Bart(const std::string& sizes) {
  return Model("bart", "BartModel", sizes);
}

// As torch says it before 2.2.
std::string Empty(const std::string& place) {
  if (place == "1") {
    return "TypeError: empty() received an invalid combination of arguments - got (tuple, "
           "dtype=NoneType, device=NoneType), but expected one of:\n * (tuple of ints size, *, "
           "tuple of names names, torch.memory_format memory_format, torch.dtype dtype, "
           "torch.layout layout, torch.device device, bool pin_memory, bool requires_grad)\n * "
           "(tuple of ints size, *, torch.memory_format memory_format, Tensor out, torch.dtype "
           "dtype, torch.layout layout, torch.device device, bool pin_memory, bool "
           "requires_grad)\n";
  }
  return "TypeError: empty(): argument 'size' failed to unpack the object at pos " + place +
         " with error \"type must be tuple of ints,but got str\"";
}

constexpr const char* kOld = "transformers==4.37.2,torch==2.1.2";
constexpr const char* kNew = "transformers==5.2.0,torch==2.15.0";

TEST(OddSizes, OfAKnownFamilyMakeNoModel) {
  const std::string first = Empty("1"), second = Empty("2");
  const RuleCase cases[] = {
      {"WL-W-047", Gpt2(R"("n_embd": -24, "vocab_size": 97)"), kOld, "FAIL",
       "RuntimeError: Trying to create tensor with negative dimension -24: [97, -24]"},
      {"WL-W-047", Gpt2(R"("n_embd": -24, "vocab_size": 97)"), kNew, "FAIL",
       "RuntimeError: Trying to create tensor with negative dimension -24: [97, -24]"},
      {"WL-W-047", Gpt2(R"("n_embd": "24")"), kOld, "FAIL", second.c_str()},
      {"WL-W-047", Gpt2(R"("n_embd": 24)"), kOld, "", ""},
      {"WL-W-047", Gpt2(R"("n_layer": "2")"), kOld, "FAIL",
       "TypeError: 'str' object cannot be interpreted as an integer"},
      {"WL-W-047", Gpt2(R"("n_layer": 1000000000)"), kOld, "FAIL", ""},
      {"WL-W-047", Gpt2(R"("n_layer": 1000000000)"), kNew, "FAIL", ""},
      {"WL-W-047", Gpt2(R"("n_head": 0)"), kOld, "FAIL", ""},
      {"WL-W-047", Gpt2(R"("n_head": "12")"), kOld, "FAIL", ""},
      {"WL-W-047", Bart(R"("decoder_layers": 1.5)"), kOld, "FAIL",
       "TypeError: 'float' object cannot be interpreted as an integer"},
      {"WL-W-047", Bart(R"("encoder_attention_heads": 0)"), kOld, "FAIL", ""},
      {"WL-W-047", Bart(R"("vocab_size": 1.5, "pad_token_id": 0)"), kOld, "", ""},
      {"WL-W-047", Bart(R"("encoder_ffn_dim": "40", "d_model": 24)"), kOld, "FAIL", first.c_str()},
      {"WL-W-047", Bart(R"("max_position_embeddings": -3, "d_model": 24)"), kOld, "RISK", ""},
      {"WL-W-047", Model("t5", "T5ForConditionalGeneration", R"("d_model": "24")"), kOld, "FAIL",
       second.c_str()},
      {"WL-W-047", Model("t5", "T5ForConditionalGeneration", R"("n_positions": 512.0)"), kOld, "",
       ""},
      {"WL-W-047", Model("mistral", "MistralForCausalLM", R"("max_position_embeddings": 66.0)"),
       kOld, "", ""},
      {"WL-W-047", Model("llama", "LlamaForCausalLM", R"("max_position_embeddings": 66.0)"),
       "transformers==4.37.2,torch==2.1.2", "", ""},
  };
  TryRules(cases);
}

TEST(OddSizes, AreADoubtWhereTheClassIsNotKnown) {
  const auto deep = [](const std::string& sizes) {
    return Model("megatron-bert", "MegatronBertModel", sizes);
  };
  const RuleCase cases[] = {
      {"WL-W-047", deep(R"("hidden_size": 64, "num_attention_heads": 4)"), kOld, "", ""},
      {"WL-W-047", deep(R"("hidden_size": -64)"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("hidden_size": "64")"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("vocab_size": 1.5)"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("vocab_size": 0)"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("num_hidden_layers": 1000000000)"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("text_config": {"num_hidden_layers": -1})"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("n_embd": 25, "n_head": 3)"), kOld, "RISK", ""},
      {"WL-W-047", deep(R"("n_embd": 25, "n_head": 3, "head_dim": 8)"), kOld, "", ""},
      // What other rules know is told by them.
      {"WL-W-047", deep(R"("hidden_size": 65, "num_attention_heads": 4)"), kOld, "", ""},
      {"WL-W-061", deep(R"("hidden_size": 65, "num_attention_heads": 4)"), kOld, "FAIL",
       "ValueError: The hidden size (65) is not a multiple of the number of attention heads (4)"},
      // Lists are what some classes have.
      {"WL-W-047", Model("segformer", "SegformerModel", R"("num_attention_heads": [1, 2])"), kOld,
       "", ""},
  };
  TryRules(cases);
}

TEST(OddSizes, HeadsThatDoNotDivide) {
  const auto opt = [](const std::string& sizes) { return Model("opt", "OPTModel", sizes); };
  const std::string wave = R"("hidden_size": 32, "num_conv_pos_embedding_groups": 16, )";
  const RuleCase cases[] = {
      {"WL-W-170", Bart(R"("d_model": 24, "encoder_attention_heads": 5)"), kOld, "FAIL",
       "ValueError: embed_dim must be divisible by num_heads (got `embed_dim`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-170", Bart(R"("d_model": 24, "encoder_attention_heads": 5)"), "transformers==4.11.3",
       "FAIL",
       "AssertionError: embed_dim must be divisible by num_heads (got `embed_dim`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-170", Bart(R"("d_model": 24, "encoder_attention_heads": 3)"), kOld, "", ""},
      {"WL-W-171", Bart(R"("d_model": 24, "decoder_attention_heads": 5)"), kNew, "FAIL",
       "ValueError: embed_dim must be divisible by num_heads (got `embed_dim`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-171", Bart(R"("d_model": 24, "decoder_attention_heads": 4)"), kNew, "", ""},
      {"WL-W-172", opt(R"("hidden_size": 24, "num_attention_heads": 5)"), kOld, "FAIL",
       "ValueError: embed_dim must be divisible by num_heads (got `embed_dim`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-172", opt(R"("hidden_size": 24, "num_attention_heads": 3)"), kOld, "", ""},
      {"WL-W-172", Model("wav2vec2", "Wav2Vec2Model", wave + R"("num_attention_heads": 5)"), kOld,
       "FAIL",
       "ValueError: embed_dim must be divisible by num_heads (got `embed_dim`: 32 and "
       "`num_heads`: 5)."},
      {"WL-W-173", Model("gpt_neo", "GPTNeoModel", R"("hidden_size": 24, "num_heads": 5)"), kOld,
       "FAIL",
       "ValueError: embed_dim must be divisible by num_heads (got `embed_dim`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-173", Model("gpt_neo", "GPTNeoModel", R"("hidden_size": 24, "num_heads": 4)"), kOld,
       "", ""},
      {"WL-W-174", Model("gptj", "GPTJModel", R"("n_embd": 24, "n_head": 5)"), kOld, "FAIL",
       "ValueError: embed_dim must be divisible by num_attention_heads (got `embed_dim`: 24 and "
       "`num_attention_heads`: 5)."},
      {"WL-W-174", Model("gptj", "GPTJModel", R"("n_embd": 24, "n_head": 4)"), kOld, "", ""},
      {"WL-W-175", Model("falcon", "FalconModel", R"("hidden_size": 24, "num_attention_heads": 5)"),
       kOld, "FAIL",
       "ValueError: `hidden_size` must be divisible by num_heads (got `hidden_size`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-175", Model("falcon", "FalconModel", R"("hidden_size": 24, "num_attention_heads": 4)"),
       kOld, "", ""},
      {"WL-W-176", Model("bloom", "BloomModel", R"("hidden_size": 24, "n_head": 5)"), kOld, "FAIL",
       "ValueError: `hidden_size` must be divisible by num_heads (got `hidden_size`: 24 and "
       "`num_heads`: 5)."},
      {"WL-W-176", Model("bloom", "BloomModel", R"("hidden_size": 24, "n_head": 4)"), kOld, "", ""},
      {"WL-W-177", Model("vit", "ViTModel", R"("hidden_size": 24, "num_attention_heads": 5)"), kOld,
       "FAIL",
       "ValueError: The hidden size (24,) is not a multiple of the number of attention heads 5."},
      {"WL-W-177", Model("vit", "ViTModel", R"("hidden_size": 24, "num_attention_heads": 5)"),
       "transformers==5.0.0,torch==2.15.0", "FAIL",
       "ValueError: The hidden size 24 is not a multiple of the number of attention heads 5."},
      {"WL-W-177", Model("vit", "ViTModel", R"("hidden_size": 24, "num_attention_heads": 4)"), kOld,
       "", ""},
      {"WL-C-050",
       Model("gpt_neox", "GPTNeoXModel", R"("hidden_size": 24, "num_attention_heads": 5)"), kOld,
       "FAIL",
       "ValueError: The hidden size is not divisble by the number of attention heads! Make sure "
       "to update them!"},
      {"WL-C-050",
       Model("gpt_neox", "GPTNeoXModel", R"("hidden_size": 24, "num_attention_heads": 4)"), kOld,
       "", ""},
      {"WL-W-078", Model("qwen2", "Qwen2Model", R"("hidden_size": 24, "num_attention_heads": 5)"),
       "transformers==4.46.3", "FAIL",
       "ValueError: hidden_size must be divisible by num_heads (got `hidden_size`: 24 and "
       "`num_heads`: 5)."},
  };
  TryRules(cases);
}

TEST(OddSizes, LabelsThatNobodyCounted) {
  const auto bert = [](const std::string& labels) {
    return Model("bert", "BertForSequenceClassification", labels);
  };
  const RuleCase cases[] = {
      {"WL-C-049", bert(R"("num_labels": null)"), kOld, "FAIL",
       "TypeError: 'NoneType' object cannot be interpreted as an integer"},
      {"WL-C-049", bert(R"("num_labels": null)"), "transformers==4.56.2", "", ""},
      {"WL-C-049", bert(R"("num_labels": null)"), "transformers==5.23.0", "FAIL",
       "TypeError: 'NoneType' object cannot be interpreted as an integer"},
      {"WL-C-049", bert(R"("num_labels": "2")"), "transformers==4.56.2", "FAIL",
       "TypeError: 'str' object cannot be interpreted as an integer"},
      {"WL-C-049", bert(R"("num_labels": null, "id2label": {"0": "a", "1": "b"})"), kOld, "", ""},
      {"WL-C-049", bert(R"("num_labels": 3)"), kOld, "", ""},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock
