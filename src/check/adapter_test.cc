// Adapters of PEFT: each rule where it holds and where not. The messages are what real releases
// raised on these very packages, but for their paths (lab/crossing.py peft).
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/tried_rules.h"
#include "weighlock/check.h"

namespace weighlock {
namespace {

using Files = CheckedFiles;

// The lines of a config, as PEFT 0.4 knows them all.
constexpr const char* kPlain =
    R"("base_model_name_or_path": "org/base", "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4,
       "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"])";

std::string Config(const std::string& more = "") {
  return std::string("{") + kPlain + (more.empty() ? "" : ", " + more) + "}";
}

std::vector<TestTensor> Tensors(const std::string& prefix = "base_model.model.") {
  std::vector<TestTensor> tensors;
  for (const char* layer : {"0", "1"}) {
    for (const char* module : {"q_proj", "v_proj"}) {
      const std::string name = prefix + "model.layers." + layer + ".self_attn." + module + ".lora_";
      tensors.push_back({name + "A.weight", "F32", "[4, 8]", Floats(32, 1)});
      tensors.push_back({name + "B.weight", "F32", "[8, 4]", Floats(32, 2)});
    }
  }
  return tensors;
}

Files Adapter(const std::string& config, const std::vector<TestTensor>& tensors = Tensors()) {
  return {{"adapter_config.json", config}, {"adapter_model.safetensors", SafetensorsFile(tensors)}};
}

Files Renamed(const std::string& from, const std::string& to) {
  std::vector<TestTensor> tensors = Tensors();
  for (TestTensor& tensor : tensors) {
    tensor.name.replace(tensor.name.find(from), from.size(), to);
  }
  return Adapter(Config(), tensors);
}

Files WithoutTensor(size_t index) {
  std::vector<TestTensor> tensors = Tensors();
  tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(index));
  return Adapter(Config(), tensors);
}

struct Case {
  const char* rule;
  Files files;
  const char* target;
  const char* verdict;  // "": the rule does not hold
  const char* message;
  const char* removed_by;  // a version of peft, or ""
};

constexpr const char* kMismatch =
    "RuntimeError: Error(s) in loading state_dict for PeftModelForCausalLM:"
    "\n\tsize mismatch for base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight: "
    "copying a param with shape torch.Size([4, 8]) from checkpoint, the shape in current model is "
    "torch.Size([6, 8])."
    "\n\tsize mismatch for base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight: "
    "copying a param with shape torch.Size([8, 4]) from checkpoint, the shape in current model is "
    "torch.Size([8, 6])."
    "\n\tsize mismatch for base_model.model.model.layers.1.self_attn.q_proj.lora_A.default.weight: "
    "copying a param with shape torch.Size([4, 8]) from checkpoint, the shape in current model is "
    "torch.Size([6, 8])."
    "\n\tsize mismatch for base_model.model.model.layers.1.self_attn.q_proj.lora_B.default.weight: "
    "copying a param with shape torch.Size([8, 4]) from checkpoint, the shape in current model is "
    "torch.Size([8, 6]).";

std::vector<Case> ConfigCases() {
  const Files plain = Adapter(Config());
  const Files untyped = Adapter(R"({"r": 4})");
  Files whole = plain;
  whole["config.json"] = R"({"model_type": "bert"})";
  return {
      {"WL-A-001", plain, "peft==0.9.0", "RISK", "", ""},
      {"WL-A-001", whole, "peft==0.9.0", "", "", ""},
      {"WL-A-002", plain, "transformers==4.37.2,peft=absent", "FAIL",
       "OSError: PKG does not appear to have a file named config.json. Checkout "
       "'https://huggingface.co/PKG/None' for available files.",
       ""},
      {"WL-A-002", plain, "transformers==4.11.3,peft=absent", "FAIL",
       "OSError: Can't load config for 'PKG'. Make sure that:\n\n- 'PKG' is a correct model "
       "identifier listed on 'https://huggingface.co/models'\n\n- or 'PKG' is the correct path to "
       "a "
       "directory containing a config.json file\n\n",
       ""},
      {"WL-A-002", plain, "transformers==5.23.0,peft=absent", "FAIL",
       "ValueError: Unrecognized model in PKG. Should have a `model_type` key in its config.json.",
       ""},
      {"WL-A-002", plain, "transformers==4.37.2,peft==0.9.0", "", "", ""},
      {"WL-A-003", plain, "transformers==4.37.2", "RISK", "", ""},
      {"WL-A-003", plain, "peft=present", "RISK", "", ""},
      {"WL-A-003", plain, "peft==99.0.0", "RISK", "", ""},
      {"WL-A-003", plain, "peft==0.9.0", "", "", ""},
      {"WL-A-004", Adapter("{"), "peft==0.9.0", "FAIL", "", ""},
      {"WL-A-004", plain, "peft==0.9.0", "", "", ""},
      {"WL-A-005", untyped, "peft==0.9.0", "FAIL", "KeyError: 'peft_type'", ""},
      {"WL-A-005", untyped, "peft==0.3.0", "FAIL", "KeyError: None", ""},
      {"WL-A-005", Adapter(R"({"peft_type": "VERA"})"), "peft==0.9.0", "FAIL", "KeyError: 'VERA'",
       "0.11.0"},
      {"WL-A-005", Adapter(R"({"peft_type": "VERA"})"), "peft==0.11.0", "", "", ""},
      {"WL-A-006", Adapter(Config(R"("eva_config": null)")), "peft==0.13.2", "FAIL",
       "TypeError: LoraConfig.__init__() got an unexpected keyword argument 'eva_config'",
       "0.14.0"},
      {"WL-A-006", Adapter(Config(R"("eva_config": null)")), "peft==0.13.2,python==3.9", "FAIL",
       "TypeError: __init__() got an unexpected keyword argument 'eva_config'", "0.14.0"},
      {"WL-A-006", Adapter(Config(R"("eva_config": null)")), "peft==0.5.0", "", "", ""},
      {"WL-A-006", Adapter(Config(R"("eva_config": null)")), "peft==0.14.0", "", "", ""},
      {"WL-A-006", Adapter(Config(R"("no_such": 1)")), "peft==0.14.0", "DIFFERS", "", ""},
      {"WL-A-006", Adapter(Config(R"("use_dora": true)")), "peft==0.5.0", "DIFFERS", "", "0.9.0"},
      {"WL-A-006", Adapter(Config(R"("use_dora": true)")), "peft==0.9.0", "", "", ""},
      {"WL-A-006", Adapter(Config(R"("peft_version": "0.18.0")")), "peft==0.14.0", "", "", ""},
      {"WL-A-007", Adapter(R"({"peft_type": "LORA", "task_type": "NO_SUCH_TASK", "r": 4})"),
       "peft==0.14.0", "FAIL",
       "ValueError: Invalid task type: 'NO_SUCH_TASK'. Must be one of the following task types: "
       "SEQ_CLS, SEQ_2_SEQ_LM, CAUSAL_LM, TOKEN_CLS, QUESTION_ANS, FEATURE_EXTRACTION.",
       ""},
      {"WL-A-007", Adapter(R"({"peft_type": "LORA", "task_type": "NO_SUCH_TASK", "r": 4})"),
       "peft==0.13.2", "", "", ""},
      {"WL-A-008", plain, "transformers==4.37.2,peft==0.4.0", "RISK",
       "ValueError: The version of PEFT you are using is not compatible, please use a version that "
       "is greater than 0.5.0",
       ""},
      {"WL-A-008", plain, "transformers==5.23.0,peft==0.18.1", "RISK",
       "ModuleNotFoundError: No module named 'peft.utils.transformers_weight_conversion'", ""},
      {"WL-A-008", plain, "transformers==5.23.0,peft==0.19.0", "", "", ""},
      {"WL-A-008", plain, "transformers==4.37.2,peft==0.5.0", "", "", ""},
  };
}

std::vector<Case> WeightsCases() {
  const Files plain = Adapter(Config());
  const Files nothing = {{"adapter_config.json", Config()}};
  Files pointer = nothing;
  pointer["adapter_model.safetensors"] = "version https://git-lfs.github.com/spec/v1\n";
  return {
      {"WL-A-010", plain, "peft==0.3.0", "FAIL",
       "ValueError: Can't find weights for PKG in PKG or in the Hugging Face Hub. Please check "
       "that "
       "the file adapter_model.bin is present at PKG.",
       "0.4.0"},
      {"WL-A-010", nothing, "peft==0.9.0", "FAIL",
       "HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': "
       "'PKG'. "
       "Use `repo_type` argument if needed.",
       ""},
      {"WL-A-010", plain, "peft==0.4.0", "", "", ""},
      {"WL-W-020", pointer, "peft==0.9.0,safetensors==0.7.0", "FAIL",
       "SafetensorError: Error while deserializing header: header too large", ""},
      {"WL-W-020", plain, "peft==0.9.0,safetensors==0.7.0", "", "", ""},
      {"WL-A-011", Renamed("base_model.model.", ""), "peft==0.9.0", "DIFFERS", "", ""},
      {"WL-A-011", Renamed(".weight", ".default.weight"), "peft==0.20.0", "DIFFERS", "", ""},
      {"WL-A-011", Renamed(".weight", ".default.weight"), "peft==0.21.0", "", "", ""},
      {"WL-A-011", plain, "peft==0.9.0", "", "", ""},
      {"WL-A-012", WithoutTensor(1), "peft==0.9.0", "DIFFERS", "", ""},
      {"WL-A-012", WithoutTensor(0), "peft==0.9.0", "DIFFERS", "", ""},
      {"WL-A-012", plain, "peft==0.9.0", "", "", ""},
      {"WL-A-013", Adapter(Config(R"("rank_pattern": {"q_proj": 6})")), "peft==0.9.0", "FAIL",
       kMismatch, ""},
      {"WL-A-013", Adapter(Config(R"("rank_pattern": {"q_proj": 6})")), "peft==0.4.0", "", "", ""},
      {"WL-A-013", Adapter(Config(R"("rank_pattern": {".*q_proj": 6})")), "peft==0.9.0", "", "",
       ""},
      {"WL-A-013", plain, "peft==0.9.0", "", "", ""},
      {"WL-A-014", Adapter(Config(R"("layers_to_transform": [0])")), "peft==0.9.0", "DIFFERS", "",
       ""},
      {"WL-A-014", Adapter(Config(R"("layers_to_transform": [9])")), "peft==0.9.0", "RISK", "", ""},
      {"WL-A-014", Adapter(Config(R"("layers_to_transform": [0, 1])")), "peft==0.9.0", "", "", ""},
      {"WL-A-014", Adapter(Config(R"("layers_to_transform": null)")), "peft==0.9.0", "", "", ""},
      {"WL-A-014", Adapter(Config(R"("layers_to_transform": [0])")), "peft==0.3.0", "", "", ""},
  };
}

std::vector<Case> AllCases() {
  std::vector<Case> all = ConfigCases();
  for (Case& c : WeightsCases()) all.push_back(std::move(c));
  return all;
}

TEST(Adapter, EachRuleHoldsWhereItShouldAndNowhereElse) {
  for (const Case& c : AllCases()) {
    SCOPED_TRACE(std::string(c.rule) + " in " + c.target + "\n" +
                 c.files.at("adapter_config.json"));
    const CheckReport report = CheckFiles(c.files, c.target);
    const CheckFinding* finding = FindRule(report, c.rule);
    NoteTried(c.rule, finding != nullptr);
    if (finding != nullptr) ExpectExplained(c.rule, finding->message);
    EXPECT_EQ(finding == nullptr ? "" : VerdictName(finding->verdict), c.verdict)
        << (finding == nullptr ? "" : finding->text);
    EXPECT_EQ(finding == nullptr ? "" : finding->message, c.message);
    EXPECT_EQ(finding == nullptr ? "" : finding->removed_by.version, c.removed_by);
  }
}

TEST(Adapter, EveryRuleIsTriedBothWays) {
  std::set<std::string> holds, does_not;
  for (const Case& c : AllCases()) (*c.verdict != '\0' ? holds : does_not).insert(c.rule);
  EXPECT_EQ(holds, does_not);
}

TEST(Adapter, TheRealOneLoadsWhereItDid) {
  const std::pair<const char*, Verdict> table[] = {
      {"0.3.0", Verdict::kFail},  {"0.4.0", Verdict::kRisk},  {"0.6.2", Verdict::kFail},
      {"0.7.1", Verdict::kFail},  {"0.9.0", Verdict::kRisk},  {"0.11.1", Verdict::kRisk},
      {"0.13.2", Verdict::kRisk}, {"0.14.0", Verdict::kRisk}, {"0.18.1", Verdict::kRisk},
      {"0.21.2", Verdict::kRisk},
  };
  for (const auto& [version, verdict] : table) {
    auto report = Check(WL_TEST_DATA "/packages/lora-4.37.2",
                        *ParseTarget(std::string("peft==") + version), CheckOptions());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, verdict) << version;
    const CheckFinding* key = FindRule(*report, "WL-A-006");
    if (std::string_view(version) == "0.6.2" || std::string_view(version) == "0.7.1") {
      ASSERT_NE(key, nullptr);
      EXPECT_EQ(key->adaptations, std::vector<std::string>{"A1"});
    } else {
      EXPECT_EQ(key, nullptr) << version;
    }
  }
}

}  // namespace
}  // namespace weighlock
