// Rules that are best tried on real packages, where they hold and where they do not; and that every
// rule is.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/bytes.h"
#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "support/tried_rules.h"
#include "weighlock/check.h"

namespace weighlock {
namespace {

using Files = CheckedFiles;

[[maybe_unused]] const auto* const kEveryRule =
    testing::AddGlobalTestEnvironment(new EveryRuleIsTried("ACPRTW"));

Files Package(const std::string& name) {
  Files files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(WL_TEST_DATA "/packages/") + name)) {
    files[entry.path().filename().string()] = ReadFile(entry.path().string());
  }
  return files;
}

// With other words in a file.
Files Edited(Files files, const std::string& name, const std::string& from, const std::string& to) {
  std::string& text = files.at(name);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return files;
}

// With other names in the header of model.safetensors.
Files Renamed(Files files, const std::string& from, const std::string& to) {
  std::string& file = files.at("model.safetensors");
  file = WithHeaderWords(file, from, to);
  return files;
}

Files Rope(const std::string& scaling) {
  return Edited(Package("llama-4.37.2"), "config.json", "\"rope_scaling\": null",
                "\"rope_scaling\": " + scaling);
}

struct Case {
  const char* rule;
  Files files;
  const char* target;
  const char* verdict;  // "": the rule does not hold
};

std::vector<Case> WeightsCases() {
  const Files bert = Package("bert-4.37.2"), old = Package("bert-4.11.3");
  const Files llama = Package("llama-4.37.2"), sharded = Package("gpt2-4.37.2-bin-sharded");
  const Files adapted = With(With(bert, "adapter_config.json", R"({"peft_type": "LORA"})"),
                             "adapter_model.safetensors", bert.at("model.safetensors"));
  const Files token =
      Edited(llama, "config.json", "LlamaForCausalLM", "LlamaForTokenClassification");
  const Files head = {
      {"config.json", R"({"model_type": "roberta", "architectures": ["RobertaForMaskedLM"]})"},
      {"model.safetensors",
       SafetensorsFile({{"lm_head.bias", "F32", "[4]", Floats(4, 1)}}, R"({"format": "pt"})")}};
  const char* now = "transformers==4.37.2,torch==2.1.2,tokenizers==0.15.1";
  const Files mistral = Package("mistral-4.37.2");
  const Files nameless = Edited(bert, "config.json", "\"architectures\"", "\"was\"");
  const auto of_dtype = [&](const char* dtype, const char* shape) {
    return With(bert, "model.safetensors",
                SafetensorsFile({{"w", dtype, shape, "abcdefgh"}}, R"({"format": "pt"})"));
  };
  const Files unsigned16 = of_dtype("U16", "[4]"), complex = of_dtype("C64", "[1]");
  const Files float8 =
      With(bert, "model.safetensors",
           SafetensorsFile({{"w", "F8_E4M3", "[4]", "abcd"}}, R"({"format": "pt"})"));
  const Files doubled = Renamed(llama, "\"model.", "\"model.model.");
  Files only_index = sharded;
  std::erase_if(only_index,
                [](const auto& file) { return file.first.find("-of-") != file.first.npos; });
  const Files shards = Package("llama-4.37.2-bf16-sharded");
  const Files unlisted = Edited(shards, "model.safetensors.index.json",
                                "\"model.layers.0.mlp.down_proj.weight\"", "\"x\"");
  const Files small = Edited(bert, "config.json", "\"torch_dtype\": \"float32\"",
                             "\"torch_dtype\": \"float8_e5m2\"");
  const Files number =
      Edited(bert, "config.json", "\"torch_dtype\": \"float32\"", "\"torch_dtype\": \"long\"");
  const Files counted =
      Edited(bert, "config.json", "{", R"({"num_labels": 7, "id2label": {"0": "a", "1": "b"},)");
  const Files numbers =
      Renamed(llama, R"("lm_head.weight":{"dtype":"F32")", R"("lm_head.weight":{"dtype":"I32")");
  const auto writes = [&](const char* text) { return With(llama, "generation_config.json", text); };
  return {
      {"WL-C-076", writes("[]"), "transformers==4.57.6,torch==2.6.0", "FAIL"},
      {"WL-C-076", writes("null"), "transformers==5.18.0,torch==2.6.0", "FAIL"},
      {"WL-C-076", writes("[]"), "transformers==4.31.0,torch==2.1.2", ""},
      {"WL-C-076", writes("{}"), "transformers==4.57.6,torch==2.6.0", ""},
      {"WL-C-077", writes(R"({"max_new_tokens": -5})"), "transformers==4.38.2", "FAIL"},
      {"WL-C-077", writes(R"({"max_new_tokens": -5})"), now, ""},
      {"WL-C-077", writes(R"({"num_beams": 2, "num_return_sequences": 3})"), now, "FAIL"},
      {"WL-C-077", writes(R"({"num_beams": 3, "num_return_sequences": 3})"), now, ""},
      {"WL-C-077", writes(R"({"num_return_sequences": 3})"), "transformers==5.2.0", "FAIL"},
      {"WL-C-077", writes(R"({"early_stopping": "maybe"})"), now, "FAIL"},
      {"WL-C-077", writes(R"({"early_stopping": "never"})"), now, ""},
      {"WL-C-077", writes(R"({"early_stopping": 5})"), now, "FAIL"},
      {"WL-C-077", writes(R"({"early_stopping": []})"), now, "FAIL"},
      {"WL-C-077", writes(R"({"early_stopping": []})"), "transformers==4.31.0,torch==2.1.2", ""},
      {"WL-C-077", writes(R"({"max_new_tokens": "a"})"), "transformers==4.45.2", "FAIL"},
      {"WL-C-077", writes(R"({"pad_token_id": "a"})"), "transformers==4.45.2", "FAIL"},
      {"WL-C-077", writes(R"({"pad_token_id": "a"})"), "transformers==4.38.2", ""},
      {"WL-C-077", writes(R"({"cache_implementation": "nope"})"), "transformers==4.45.2", "FAIL"},
      {"WL-C-077", writes(R"({"cache_implementation": "static"})"), "transformers==4.45.2", ""},
      {"WL-C-077", writes(R"({"cache_config": {}})"), "transformers==4.45.2", "FAIL"},
      {"WL-C-077", writes(R"({"cache_config": {}})"), "transformers==5.2.0", ""},
      {"WL-C-077", writes(R"({"compile_config": {}})"), "transformers==5.2.0", "FAIL"},
      {"WL-C-077", writes(R"({"num_beams": 4, "num_beam_groups": 3})"), now, "FAIL"},
      {"WL-C-077", writes(R"({"num_beams": 4, "num_beam_groups": 3})"), "transformers==5.2.0", ""},
      {"WL-C-077", writes(R"({"streamer": null})"), "transformers==5.2.0", "FAIL"},
      {"WL-C-077", writes(R"({"streamer": null, "_from_model_config": true})"),
       "transformers==5.2.0", ""},
      {"WL-C-078", numbers, "transformers==4.57.6,torch==2.6.0", "FAIL"},
      {"WL-C-078", numbers, "transformers==4.50.0,torch==2.6.0", "FAIL"},
      {"WL-C-078", numbers, now, "DIFFERS"},
      {"WL-C-078", numbers, "transformers==5.2.0,torch==2.6.0", "DIFFERS"},
      {"WL-C-078", llama, "transformers==4.57.6,torch==2.6.0", ""},
      {"WL-W-022", only_index, now, "FAIL"},
      {"WL-W-140", small, "transformers==5.2.0", "FAIL"},
      {"WL-W-140", number, "transformers==5.2.0", "FAIL"},
      {"WL-W-140", number, "transformers==4.57.1", ""},
      {"WL-W-140", bert, "transformers==5.2.0", ""},
      {"WL-W-141", unlisted, "transformers==4.50.0,torch==2.6.0", "DIFFERS"},
      {"WL-W-141", unlisted, "transformers==4.49.0,torch==2.6.0", ""},
      {"WL-W-141", unlisted, "transformers==5.0.0,torch==2.6.0", ""},
      {"WL-W-141", shards, "transformers==4.50.0,torch==2.6.0", ""},
      {"WL-W-110", float8, "transformers==4.33.3,torch==1.13.1", "FAIL"},
      {"WL-W-110", float8, now, ""},
      {"WL-W-110", unsigned16, now, "FAIL"},
      {"WL-W-110", unsigned16, "transformers==4.37.2,torch==2.3.0", ""},
      {"WL-W-180", float8, "transformers==4.37.2,torch==2.1.2,safetensors==0.4.0", "FAIL"},
      {"WL-W-180", float8, "transformers==4.37.2,torch==2.1.2,safetensors==0.4.1", "FAIL"},
      {"WL-W-180", float8, "transformers==4.37.2,torch==2.1.2,safetensors==0.4.2", ""},
      {"WL-W-180", float8, "transformers==4.37.2,torch==2.1.2,safetensors>=0.4", "RISK"},
      {"WL-W-180", complex, "transformers==4.37.2,safetensors==0.5.3", "FAIL"},
      {"WL-W-180", complex, "transformers==4.57.6", ""},
      // torch 1.9 cannot take the bytes; from 4.28 to 4.30 it is asked first.
      {"WL-W-014", bert, "transformers==4.37.2,torch==1.9.0", "FAIL"},
      {"WL-W-014", bert, "transformers==4.30.0,torch==1.9.0", "FAIL"},
      {"WL-W-014", bert, "transformers==4.30.0,torch==1.10.0", ""},
      {"WL-W-014", bert, "transformers==4.37.2,torch>=1.9,<1.12", "RISK"},
      {"WL-W-014", bert, "transformers==4.37.2", ""},
      {"WL-W-014", old, "transformers==4.37.2,torch==1.9.0", ""},
      {"WL-W-014", With(old, "model.safetensors", bert.at("model.safetensors")),
       "transformers==4.30.0,torch==1.9.0", ""},
      {"WL-W-111",
       Edited(llama, "config.json", "\"tie_word_embeddings\": false",
              "\"tie_word_embeddings\": true"),
       now, "DIFFERS"},
      {"WL-W-111", llama, now, ""},
      {"WL-W-040", doubled, now, "DIFFERS"},
      {"WL-W-040", doubled, "transformers==5.2.0,torch==2.6.0", ""},
      {"WL-W-042",
       Edited(nameless, "config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"), now,
       "DIFFERS"},
      {"WL-W-030", Without(nameless, "config.json"), "transformers==4.57.1,torch==2.6.0", ""},
      {"WL-W-030", nameless, now, ""},
      {"WL-W-030",
       Edited(nameless, "config.json", "\"intermediate_size\": 64", "\"intermediate_size\": 65"),
       now, "FAIL"},
      {"WL-W-008",
       Edited(mistral, "config.json", "\"model_type\": \"mistral\"", "\"model_type\": \"llama\""),
       now, ""},
      {"WL-W-030", counted, "transformers==5.8.1", "FAIL"},
      {"WL-W-030", counted, "transformers==5.2.0", ""},
      {"WL-W-030",
       Edited(mistral, "config.json", "\"num_key_value_heads\": 2",
              "\"num_key_value_heads\": null"),
       now, "FAIL"},
      {"WL-W-002", sharded, "transformers==4.11.3,torch==1.9.0", "FAIL"},
      {"WL-W-002", sharded, "transformers==4.18.0,torch==1.9.0", ""},
      {"WL-W-003", Without(adapted, "model.safetensors"), "transformers==4.37.2,peft==0.3.0",
       "FAIL"},
      {"WL-W-003", Without(adapted, "model.safetensors"), "transformers==4.37.2,peft==0.9.0", ""},
      {"WL-W-007", bert, "transformers==4.57.6,torch==2.0.1", "FAIL"},
      {"WL-W-007", bert, "transformers==4.57.6,torch>=2.0", "RISK"},
      {"WL-W-007", bert, "transformers==4.37.2,torch=absent", "FAIL"},
      {"WL-W-007", bert, "transformers==4.57.6,torch==2.1.0", ""},
      {"WL-W-007", bert, "transformers==4.57.6,torch=present", ""},
      {"WL-W-046", head, "transformers==4.44.2", "DIFFERS"},
      {"WL-W-046", head, "transformers==4.41.2", ""},
      {"WL-W-046", head, "transformers==4.51.3", ""},
      {"WL-W-008", token, "transformers==4.41.2", "FAIL"},
      {"WL-W-008", token, "transformers==4.42.4", ""},
      {"WL-W-008",
       Edited(llama, "config.json", "\"model_type\": \"llama\"", "\"model_type\": \"bert\""), now,
       ""},
      {"WL-W-040",
       Edited(bert, "config.json", "\"model_type\": \"bert\"", "\"model_type\": \"roberta\""), now,
       "DIFFERS"},
      {"WL-W-010", Without(bert, "model.safetensors"), now, "FAIL"},
      {"WL-W-010", bert, now, ""},
      {"WL-W-011", old, "transformers==3.0.2,torch==1.4.0", "FAIL"},
      {"WL-W-011", old, "transformers==3.0.2,torch==1.6.0", ""},
      {"WL-W-013", old, "transformers==4.52.4,torch==2.5.1", "FAIL"},
      {"WL-W-013", old, "transformers==4.52.4,torch==2.6.0", ""},
      {"WL-W-020", With(bert, "model.safetensors", "x"), now, "FAIL"},
      {"WL-W-020", bert, now, ""},
      {"WL-W-020",
       With(Without(bert, "model.safetensors"), "pytorch_model.bin", bert.at("model.safetensors")),
       now, "FAIL"},
      {"WL-W-020", With(bert, "model.safetensors", old.at("pytorch_model.bin")), now, "FAIL"},
      {"WL-W-065",
       Edited(bert, "config.json", "{", R"({"quantization_config": {"quant_method": "awq"},)"),
       "transformers==4.44.2", "RISK"},
      {"WL-W-065", bert, "transformers==4.44.2", ""},
      {"WL-C-002", Edited(bert, "config.json", "1e-12", "NaN"), now, ""},
      {"WL-C-002", Edited(bert, "config.json", "{", "{\"vocab_size\": 999,"), now, ""},
      {"WL-W-022", Without(sharded, "pytorch_model-00002-of-00005.bin"), now, "FAIL"},
      {"WL-W-022", sharded, now, ""},
      {"WL-W-030",
       Edited(bert, "config.json", "\"intermediate_size\": 64", "\"intermediate_size\": 65"), now,
       "FAIL"},
      {"WL-W-030", bert, now, ""},
      {"WL-W-032", Renamed(bert, "\"bert.", "\""), now, "FAIL"},
      {"WL-W-032", bert, now, ""},
      {"WL-W-040", Renamed(bert, "\"classifier.weight", "\"classifier.other"), now, "DIFFERS"},
      {"WL-W-040", bert, now, ""},
      {"WL-W-041",
       Edited(llama, "config.json", "\"attention_bias\": false", "\"attention_bias\": true"), now,
       "OK"},
      {"WL-W-041", llama, now, ""},
      {"WL-W-042",
       Edited(bert, "config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"), now,
       "DIFFERS"},
      {"WL-W-042", Renamed(bert, "layer.1.output.dense.bias", "layer.1.output.gate0.bias"), now,
       "DIFFERS"},
      {"WL-W-042", bert, now, ""},
      {"WL-W-043", Renamed(bert, "\"classifier.weight", "\"classifier.other"), now, "OK"},
      {"WL-W-043", bert, now, ""},
      {"WL-W-044",
       Edited(bert, "config.json", "BertForSequenceClassification", "BertForMultipleChoices"), now,
       "OK"},
      {"WL-W-044", bert, now, ""},
      {"WL-W-050", With(bert, "pytorch_model.bin", old.at("pytorch_model.bin")),
       "transformers==4.11.3,torch==1.9.0,safetensors=absent", "DIFFERS"},
      {"WL-W-050", With(bert, "pytorch_model.bin", old.at("pytorch_model.bin")), now, "OK"},
      {"WL-W-050", bert, now, ""},
  };
}

std::vector<Case> OtherCases() {
  const Files bert = Package("bert-4.37.2");
  const Files gpt2 = Package("gpt2-4.37.2-bin-sharded");
  const Files own = Edited(bert, "tokenizer_config.json", "{",
                           R"({"auto_map": {"AutoTokenizer": ["tokenization_x.X", null]},)");
  const Files spiece =
      With(Without(Package("t5-4.37.2-bin"), "tokenizer.json"), "spiece.model", "\n");
  const Files code = Edited(bert, "config.json", "{",
                            R"({"auto_map": {"AutoConfig": "configuration_x.XConfig"},)");
  return {
      {"WL-C-051", Rope(R"({"rope_type": "linear"})"), "transformers==4.44.2", "FAIL"},
      {"WL-C-019", Rope(R"({"rope_type": "llama3", "factor": 8.0})"), "transformers==4.43.0",
       "FAIL"},
      {"WL-C-019", Rope(R"({"rope_type": "linear"})"), "transformers==4.44.2", ""},
      {"WL-C-051", Rope(R"({"rope_type": "linear", "factor": 8.0})"), "transformers==4.44.2", ""},
      {"WL-C-051", Rope(R"({"rope_type": "linear"})"), "transformers==5.0.0", ""},
      {"WL-C-052", Rope(R"({"type": "dynamic"})"), "transformers==4.44.2", "FAIL"},
      {"WL-C-052", Rope(R"({"type": "dynamic", "factor": 2.0})"), "transformers==4.44.2", ""},
      {"WL-C-023", Rope(R"({"type": "llama3", "factor": 2.0})"), "transformers==4.44.2", "FAIL"},
      {"WL-C-023", Rope(R"({"type": "dynamic"})"), "transformers==4.44.2", ""},
      {"WL-C-007", code, "transformers==4.20.1", "FAIL"},
      {"WL-C-007", code, "transformers==4.37.2", ""},
      {"WL-C-009", bert, "torch==2.1.2", "RISK"},
      {"WL-C-009", bert, "transformers==4.37.2", ""},
      {"WL-T-007", bert, "transformers==99.0.0", "RISK"},
      {"WL-T-007", bert, "transformers==4.37.2", ""},
      {"WL-T-009", With(bert, "tokenizer_config.json", "[]"), "transformers==4.37.2", "FAIL"},
      {"WL-T-080", With(bert, "chat_template.jinja", "{{ m }}"), "transformers==4.37.2", "OK"},
      {"WL-T-080", With(bert, "chat_template.jinja", "{{ m }}"), "transformers==4.46.3", "OK"},
      {"WL-T-080", With(bert, "chat_template.jinja", "{{ m }}"), "transformers==4.47.0", ""},
      {"WL-T-080", With(bert, "chat_template.jinja", "{{ m }}"), "transformers==4.33.3", ""},
      {"WL-T-080", bert, "transformers==4.37.2", ""},
      {"WL-T-012", Edited(bert, "tokenizer_config.json", "\"[PAD]\",\n  \"sep", "0,\n  \"sep"),
       "transformers==4.37.2", "FAIL"},
      {"WL-T-012", bert, "transformers==4.37.2", ""},
      {"WL-T-014", own, "transformers==4.20.1", "FAIL"},
      {"WL-T-014", own, "transformers==4.30.0", ""},
      {"WL-T-014", Edited(own, "tokenizer_config.json", "BertTokenizer", "OwnTokenizer"),
       "transformers==4.45.2,tokenizers==0.20.3", "FAIL"},
      {"WL-T-014", Edited(own, "tokenizer_config.json", "BertTokenizer", "OwnTokenizer"),
       "transformers==4.33.3,tokenizers==0.13.3", ""},
      {"WL-T-013", spiece, "transformers==4.37.2,sentencepiece=absent", "FAIL"},
      {"WL-T-013", spiece, "transformers==4.37.2", "RISK"},
      {"WL-T-013", spiece, "transformers==4.37.2,sentencepiece==0.1.99", ""},
      {"WL-T-013", With(spiece, "tokenizer.json", bert.at("tokenizer.json")),
       "transformers==4.37.2,sentencepiece=absent", ""},
      {"WL-T-011",
       Edited(bert, "tokenizer_config.json", "\"do_lower_case\": true", "\"do_lower_case\": false"),
       "transformers==4.37.2", "DIFFERS"},
      {"WL-T-011", bert, "transformers==4.37.2", ""},
      {"WL-R-010", bert, "transformers==4.37.2,tokenizers==0.10.3", "FAIL"},
      {"WL-R-010", bert, "transformers==4.37.2,tokenizers==0.19.1", "FAIL"},
      {"WL-R-010", bert, "transformers==4.37.2,tokenizers==0.15.2", ""},
      {"WL-R-010", bert, "transformers==4.37.2,safetensors=absent", "FAIL"},
      {"WL-R-010", bert, "transformers==4.30.2,safetensors=absent", ""},
      {"WL-R-010", bert, "transformers==4.37.2,huggingface-hub==0.10.0", "FAIL"},
      {"WL-R-010", bert, "transformers==5.0.0,python==3.8", "FAIL"},
      {"WL-R-010", bert, "transformers==4.0.1,tokenizers==0.10.3", ""},
      {"WL-R-001", bert, "transformers>=5.20", "OK"},
      {"WL-R-001", bert, "transformers>=4.37,<4.38", ""},
      {"WL-R-002", bert, "transformers>=9", "RISK"},
      {"WL-R-002", bert, "transformers>=4.37,<4.38", ""},
  };
}

TEST(Rules, OnRealPackagesWhereTheyHoldAndWhereNot) {
  for (const auto cases : {WeightsCases, OtherCases}) {
    for (const Case& c : cases()) {
      SCOPED_TRACE(std::string(c.rule) + " in " + c.target);
      const CheckReport report = CheckFiles(c.files, c.target);
      const CheckFinding* finding = FindRule(report, c.rule);
      EXPECT_EQ(finding == nullptr ? "" : VerdictName(finding->verdict), c.verdict)
          << (finding == nullptr ? "" : finding->text);
      NoteTried(c.rule, finding != nullptr);
      if (finding != nullptr) ExpectExplained(c.rule, finding->message);
    }
  }
}

TEST(Rules, OneFileIsNoPackage) {
  const auto target = ParseTarget("transformers==4.37.2");
  for (const char* path : {"/packages/bert-4.37.2", "/packages/bert-4.37.2/model.safetensors"}) {
    const auto report = Check(std::string(WL_TEST_DATA) + path, *target, CheckOptions());
    ASSERT_TRUE(report);
    const bool held = FindRule(*report, "WL-C-005") != nullptr;
    EXPECT_EQ(held, report->package.kind == PackageKind::kFile) << path;
    NoteTried("WL-C-005", held);
  }
}

// More than may be unpacked in an hour, of which the disk holds nothing.
TEST(Rules, WhatTakesLongToUnpack) {
  for (const uint64_t size : {uint64_t{1} << 20, uint64_t{1} << 38}) {
    const TemporaryFolder folder;
    for (const auto& [name, content] : Package("bert-4.37.2")) WriteFile(folder / name, content);
    WriteFile(folder / "data.bin", "-");
    std::filesystem::resize_file(folder / "data.bin", size);
    const auto report = Check(folder / ".", *ParseTarget("platform=sagemaker-hf"), CheckOptions());
    ASSERT_TRUE(report) << report.error().Message();
    const bool held = FindRule(*report, "WL-P-051") != nullptr;
    EXPECT_EQ(held, size > uint64_t{1} << 30);
    NoteTried("WL-P-051", held);
  }
}

}  // namespace
}  // namespace weighlock
