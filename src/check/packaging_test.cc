// Each rule of packaging where it holds, and next to it where not. Packages are folders; what only
// an archive has is below, and in tests/cli/platforms.txt.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/tried_rules.h"
#include "weighlock/check.h"

namespace weighlock {
namespace {

using Files = CheckedFiles;

constexpr const char* kPointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";

std::string Weights(const std::string& tensor = "w") {
  return SafetensorsFile({{tensor, "F32", "[4]", Floats(4, 1)}}, R"({"format": "pt"})");
}

Files Bert() {
  return {{"config.json",
           R"({"model_type": "bert", "architectures": ["BertForSequenceClassification"]})"},
          {"vocab.txt", "a\n"},
          {"model.safetensors", Weights()}};
}

Files Below(const std::string& folder, const Files& files) {
  Files out;
  for (const auto& [name, content] : files) out[folder + "/" + name] = content;
  return out;
}

Files Sharded(const std::string& weight_map) {
  Files files = Without(Bert(), "model.safetensors");
  files["model-00001-of-00002.safetensors"] = Weights("a");
  files["model-00002-of-00002.safetensors"] = Weights("b");
  files["model.safetensors.index.json"] = R"({"metadata": {}, "weight_map": )" + weight_map + "}";
  return files;
}
constexpr const char* kGoodMap =
    R"({"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"})";
constexpr const char* kSwapped =
    R"({"a": "model-00002-of-00002.safetensors", "b": "model-00001-of-00002.safetensors"})";
constexpr const char* kNowhere =
    R"({"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors",
        "c": "model-00002-of-00002.safetensors"})";
constexpr const char* kShort =
    R"({"a": "model-00001-of-00002.safetensors", "x": "model-00002-of-00002.safetensors"})";

Files Mar(const std::string& manifest, const std::string& more = "handler.py") {
  return {{"MAR-INF/MANIFEST.json", manifest}, {"model.safetensors", Weights()}, {more, "#"}};
}
constexpr const char* kManifest =
    R"({"runtime": "python", "model": {"modelName": "m", "modelVersion": "1.0",
        "serializedFile": "model.safetensors", "handler": "handler.py:run"}})";

Files Named(const std::string& model) {
  return Mar(R"({"runtime": "python", "model": {"modelVersion": "1.0", "modelName": ")" + model +
             R"("}})");
}

Files MlModel(const std::string& lines) {
  return {{"MLmodel", "flavors:\n  python_function:\n" + lines}, {"data/model/config.json", "{}"}};
}

struct Case {
  const char* rule;
  Files files;
  const char* platform;
  const char* verdict;  // "": the rule does not hold
  const char* message;
};

std::vector<Case> RootCases() {
  return {
      {"WL-P-001", Below("model", Bert()), "tgi", "FAIL", ""},
      {"WL-P-001", Below("model", Bert()), "kserve", "FAIL", ""},
      {"WL-P-001", Below("model", Bert()), "sagemaker-hf", "RISK", ""},
      {"WL-P-001", Below("model", Bert()), "plain", "", ""},
      {"WL-P-001", Bert(), "tgi", "", ""},
      {"WL-P-001", Below("snapshots/abc", Bert()), "plain", "RISK", ""},
      {"WL-P-001", With(Bert(), "snapshots/abc/config.json", "{}"), "plain", "", ""},
      {"WL-P-002", Below("checkpoint-500", Bert()), "vllm", "FAIL", ""},
      {"WL-P-002", Bert(), "vllm", "", ""},
      {"WL-P-002", With(Bert(), "checkpoint-500/model.safetensors", Weights()), "vllm", "", ""},
      {"WL-P-003",
       {{"model.tar.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10)}},
       "tgi",
       "FAIL",
       ""},
      {"WL-P-003", With(Bert(), "old.tar.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10)), "tgi",
       "", ""},
      {"WL-P-013", With(Bert(), "._model.safetensors", "-"), "tgi", "FAIL", ""},
      {"WL-P-013", With(Bert(), "._model.safetensors", "-"), "vllm", "RISK", ""},
      {"WL-P-013", With(Bert(), "__MACOSX/._config.json", "-"), "kserve", "RISK", ""},
      {"WL-P-013", With(Bert(), ".DS_Store", "-"), "tgi", "", ""},
      {"WL-P-021", With(Bert(), "inference.py", "#"), "sagemaker-hf", "DIFFERS", ""},
      {"WL-P-021", With(Bert(), "model/code/inference.py", "#"), "sagemaker-hf", "DIFFERS", ""},
      {"WL-P-021", With(Bert(), "code/inference.py", "#"), "sagemaker-hf", "", ""},
      {"WL-P-021", With(Bert(), "inference.py", "#"), "vllm", "", ""},
      {"WL-P-022", With(Bert(), "requirements.txt", "x"), "sagemaker-hf", "RISK", ""},
      {"WL-P-022", With(Bert(), "code/requirements.txt", "x"), "sagemaker-hf", "", ""},
      {"WL-P-028",
       With(Bert(), "code/inference.py",
            "def transform_fn(m, d, c, a): pass\ndef predict_fn(): pass"),
       "sagemaker-hf", "FAIL",
       "ValueError: Cannot use transform_fn implementation in conjunction with input_fn, "
       "predict_fn, and/or output_fn implementation"},
      {"WL-P-028",
       With(Bert(), "code/inference.py",
            "async def  output_fn (x):\n  pass\ndef transform_fn(m):\n"),
       "sagemaker-hf", "FAIL",
       "ValueError: Cannot use transform_fn implementation in conjunction with input_fn, "
       "predict_fn, and/or output_fn implementation"},
      {"WL-P-028",
       With(Bert(), "code/inference.py", "def transform_fn(): pass\ndef input_fn(): pass\n"),
       "sagemaker-pytorch", "", ""},
      {"WL-P-028",
       With(Bert(), "code/inference.py", "def transform_fn(): pass\n#def input_fn(): pass\n"),
       "sagemaker-hf", "", ""},
      {"WL-P-028",
       With(Bert(), "code/inference.py",
            "\"\"\"Texts.\ndef transform_fn(): pass\n\"\"\"\n# \"\"\"\nclass A:\n  def "
            "predict_fn(): "
            "pass\ndef input_fn(): pass\n"),
       "sagemaker-hf", "", ""},
      {"WL-P-028",
       With(Bert(), "code/inference.py", "def predict_fn(): pass\ndef input_fn(): pass\n"),
       "sagemaker-hf", "", ""},
      {"WL-P-023", Bert(), "sagemaker-pytorch", "FAIL",
       "ValueError: Exactly one .pth or .pt file is required for PyTorch models: []"},
      {"WL-P-023", With(With(Bert(), "a.pt", "-"), "b.pth", "-"), "sagemaker-pytorch", "FAIL", ""},
      {"WL-P-023", With(With(Bert(), "model.pt", "-"), "b.pth", "-"), "sagemaker-pytorch", "FAIL",
       "Failed to load /opt/ml/model/model.pt. Please ensure model is saved using torchscript."},
      {"WL-P-023", With(Bert(), "code/inference.py", "#"), "sagemaker-pytorch", "", ""},
      {"WL-P-024",
       With(Bert(), "config.json", R"({"model_type": "bert", "architectures": ["BertModel"]})"),
       "sagemaker-hf", "RISK",
       "ValueError: Task couldn't be inferenced from BertModel.Inference Toolkit can only "
       "inference "
       "tasks from architectures ending with ['TapasForQuestionAnswering', 'ForQuestionAnswering', "
       "'ForTokenClassification', 'ForSequenceClassification', 'ForMultipleChoice', 'ForMaskedLM', "
       "'ForCausalLM', 'ForConditionalGeneration', 'MTModel', 'EncoderDecoderModel', "
       "'GPT2LMHeadModel', 'T5WithLMHeadModel'].Use env `HF_TASK` to define your task."},
      {"WL-P-024", With(Bert(), "config.json", R"({"model_type": "bert"})"), "sagemaker-hf", "RISK",
       "AttributeError: 'NoneType' object has no attribute 'endswith'"},
      {"WL-P-024", Bert(), "sagemaker-hf", "", ""},
  };
}

std::vector<Case> WeightsCases() {
  const Files bin = With(Without(Bert(), "model.safetensors"), "pytorch_model.bin", "-");
  return {
      {"WL-P-030", Without(Sharded(kGoodMap), "model-00002-of-00002.safetensors"), "tei", "FAIL",
       ""},
      {"WL-P-030", Without(Sharded(kGoodMap), "model-00002-of-00002.safetensors"), "triton", "RISK",
       ""},
      {"WL-P-030", Sharded(kGoodMap), "tei", "", ""},
      {"WL-P-031", Without(Sharded(kGoodMap), "model.safetensors.index.json"), "sagemaker-hf",
       "FAIL", ""},
      {"WL-P-031", Without(Sharded(kGoodMap), "model.safetensors.index.json"), "tgi", "RISK", ""},
      {"WL-P-031", Without(Sharded(kGoodMap), "model.safetensors.index.json"), "mlflow", "RISK",
       ""},
      {"WL-P-031", Sharded(kGoodMap), "sagemaker-hf", "", ""},
      {"WL-P-032", Sharded(kSwapped), "vllm", "RISK", ""},
      {"WL-P-032", Sharded(kNowhere), "vllm", "FAIL", ""},
      {"WL-P-032", Sharded(kNowhere), "sagemaker-hf", "DIFFERS", ""},
      {"WL-P-032", Sharded(kShort), "kserve", "DIFFERS", ""},
      {"WL-P-032", Sharded(kGoodMap), "vllm", "", ""},
      {"WL-P-040", With(Bert(), "model.safetensors", kPointer), "tgi", "FAIL", ""},
      {"WL-P-040", With(Bert(), "tokenizer.json", kPointer), "vllm", "FAIL", ""},
      {"WL-P-040", With(Bert(), "README.md", kPointer), "vllm", "", ""},
      {"WL-P-040", Bert(), "tgi", "", ""},
      {"WL-P-050", With(Bert(), "optimizer.pt", "-"), "sagemaker-hf", "RISK", ""},
      {"WL-P-050", With(Bert(), "optimizer.pt", "-"), "vllm", "", ""},
      {"WL-P-050", Bert(), "sagemaker-hf", "", ""},
      {"WL-P-060", Without(Bert(), "model.safetensors"), "tgi", "FAIL", ""},
      {"WL-P-060", bin, "tgi", "RISK", ""},
      {"WL-P-060", With(Bert(), "copy.safetensors", Weights()), "tgi", "FAIL", ""},
      {"WL-P-060", With(Bert(), "copy.safetensors", Weights("v")), "tgi", "", ""},
      {"WL-P-060", With(Without(Bert(), "model.safetensors"), "my_training.safetensors", Weights()),
       "tgi", "FAIL", ""},
      {"WL-P-060", Bert(), "tgi", "", ""},
      {"WL-P-061", Without(Bert(), "model.safetensors"), "tei", "FAIL",
       "Could not start backend: No such file or directory (os error 2)"},
      {"WL-P-061", bin, "tei", "FAIL", ""},
      {"WL-P-061", Sharded(kGoodMap), "tei", "", ""},
      {"WL-P-062", Without(Bert(), "model.safetensors"), "vllm", "FAIL",
       "RuntimeError: Cannot find any model weights with `PKG`"},
      {"WL-P-062", With(Without(Bert(), "model.safetensors"), "training_args.bin", "-"), "vllm",
       "FAIL", "RuntimeError: Cannot find any model weights with `PKG`"},
      {"WL-P-062", With(Bert(), "consolidated.safetensors", Weights()), "vllm", "RISK", ""},
      {"WL-P-062", bin, "vllm", "", ""},
  };
}

std::vector<Case> ServerCases() {
  const Files triton = {{"m/config.pbtxt", "name: \"m\"\n"}, {"m/1/model.onnx", "-"}};
  const char* no_version =
      "at least one version must be available under the version policy of model 'm'";
  return {
      {"WL-P-070", Bert(), "torchserve", "FAIL", ""},
      {"WL-P-070", Mar(kManifest), "torchserve", "", ""},
      {"WL-P-070", Below("m", Mar(kManifest)), "torchserve", "FAIL",
       "Missing Model entry in manifest file."},
      {"WL-P-071", Mar("{}"), "torchserve", "FAIL", "Missing Model entry in manifest file."},
      {"WL-P-071", Mar("{"), "torchserve", "FAIL", ""},
      {"WL-P-071", Mar(R"({"runtime": "python", "model": {"modelVersion": "1"}})"), "torchserve",
       "FAIL", "Model name is not defined."},
      {"WL-P-071", Mar(R"({"runtime": "python", "model": {"modelName": "m"}})"), "torchserve",
       "FAIL", "Model version is not defined."},
      {"WL-P-071", Mar(R"({"model": {"modelName": "m", "modelVersion": "1"}})"), "torchserve",
       "FAIL", "Runtime is not defined or invalid."},
      {"WL-P-071", Mar(kManifest), "torchserve", "", ""},
      {"WL-P-071", Named("9bad name"), "torchserve", "RISK", ""},
      {"WL-P-071", Named(".hidden"), "torchserve", "RISK", ""},
      {"WL-P-071", Named(""), "torchserve", "RISK", ""},
      {"WL-P-071", Named("9.Good_name-2"), "torchserve", "", ""},
      {"WL-P-072", Mar(kManifest, "other.py"), "torchserve", "FAIL", ""},
      {"WL-P-072", Without(Mar(kManifest), "model.safetensors"), "torchserve", "FAIL", ""},
      {"WL-P-072", Mar(kManifest), "torchserve", "", ""},
      {"WL-P-073", Bert(), "triton", "FAIL", ""},
      {"WL-P-073", triton, "triton", "", ""},
      {"WL-P-073", With(triton, "tmp/log.txt", "-"), "triton", "RISK", "failed to load all models"},
      {"WL-P-074", {{"m/config.pbtxt", ""}, {"m/model.onnx", "-"}}, "triton", "FAIL", no_version},
      {"WL-P-074",
       {{"m/config.pbtxt", ""}, {"m/01/model.onnx", "-"}},
       "triton",
       "FAIL",
       no_version},
      {"WL-P-074",
       {{"m/config.pbtxt", ""}, {"m/v1/model.onnx", "-"}},
       "triton",
       "FAIL",
       no_version},
      {"WL-P-074",
       {{"config.pbtxt", "name: 'm'"}, {"model.onnx", "-"}},
       "triton",
       "FAIL",
       no_version},
      {"WL-P-074", triton, "triton", "", ""},
      {"WL-P-075", With(triton, "m/config.pbtxt", "default_model_filename: \"x.onnx\""), "triton",
       "FAIL", ""},
      {"WL-P-075", With(Without(triton, "m/1/model.onnx"), "m/1/net.onnx", "-"), "triton", "RISK",
       ""},
      {"WL-P-075", With(triton, "m/2/model.savedmodel/saved_model.pb", "-"), "triton", "", ""},
      {"WL-P-076", Bert(), "mlflow", "FAIL",
       "mlflow.exceptions.MlflowException: Could not find an \"MLmodel\" configuration file at "
       "\"PKG/MLmodel\""},
      {"WL-P-076", MlModel(""), "mlflow", "", ""},
      {"WL-P-077", MlModel("    data: data/model\n"), "mlflow", "", ""},
      {"WL-P-077", MlModel("    model_path: 'model.pkl'\n"), "mlflow", "FAIL", ""},
      {"WL-P-077", MlModel("    env:\n      conda: conda.yaml\n"), "mlflow", "RISK", ""},
      {"WL-P-077", MlModel("    code: null\n"), "mlflow", "", ""},
      {"WL-P-078", MlModel("    pickled_model: ../elsewhere.pkl\n"), "mlflow", "RISK", ""},
      {"WL-P-078", MlModel("    data: data\n"), "mlflow", "", ""},
  };
}

std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (const auto cases : {RootCases, WeightsCases, ServerCases}) {
    for (Case& c : cases()) all.push_back(std::move(c));
  }
  return all;
}

TEST(Packaging, EachRuleHoldsWhereItShouldAndNowhereElse) {
  for (const Case& c : AllCases()) {
    const std::string platform = std::string("platform=") + c.platform;
    SCOPED_TRACE(std::string(c.rule) + " of " + platform);
    const CheckReport report = CheckFiles(c.files, platform);
    const CheckFinding* finding = FindRule(report, c.rule);
    NoteTried(c.rule, finding != nullptr);
    if (finding != nullptr) ExpectExplained(c.rule, finding->message);
    EXPECT_EQ(finding == nullptr ? "" : VerdictName(finding->verdict), c.verdict)
        << (finding == nullptr ? "" : finding->text);
    EXPECT_EQ(finding == nullptr ? "" : finding->message, c.message);
  }
}

TEST(Packaging, EveryRuleIsTriedBothWays) {
  std::set<std::string> holds, does_not;
  for (const Case& c : AllCases()) (*c.verdict != '\0' ? holds : does_not).insert(c.rule);
  EXPECT_EQ(holds, does_not);
}

TEST(Packaging, ASoundPackageIsSoundEverywhereItBelongs) {
  for (const char* platform : {"plain", "sagemaker-hf", "tgi", "kserve", "vllm", "tei"}) {
    const CheckReport report =
        CheckFiles(With(Bert(), "tokenizer.json", "{}"), std::string("platform=") + platform);
    for (const CheckFinding& finding : report.findings) {
      EXPECT_NE(finding.stage, Stage::kPackaging) << platform << " " << finding.text;
    }
  }
}

// What only an archive has. `make` is run by a shell in a folder with the files of Bert().
struct ArchiveCase {
  const char* rule;
  const char* make;  // writes "out"
  const char* platform;
  const char* verdict;
  bool has_message;
};

TEST(Packaging, Archives) {
  const ArchiveCase cases[] = {
      {"WL-P-001", "mkdir m && mv config.json model.safetensors vocab.txt m && tar czf out m",
       "sagemaker-pytorch", "FAIL", false},
      {"WL-P-001", "mkdir m && mv config.json model.safetensors vocab.txt m && tar czf out m",
       "sagemaker-hf", "FAIL", false},  // whose words hang on its transformers
      {"WL-P-001", "mkdir m && mv config.json model.safetensors vocab.txt m && tar czf out m",
       "sagemaker-hf,transformers==4.37.0", "FAIL", true},
      {"WL-P-001",
       "mkdir m code && mv config.json model.safetensors vocab.txt m && echo > code/inference.py "
       "&& "
       "tar czf out m code",
       "sagemaker-hf", "RISK", false},
      {"WL-P-010", "ln -s config.json link && tar czf out *", "sagemaker-hf", "FAIL", true},
      {"WL-P-010", "ln config.json again.json && tar czf out *", "sagemaker-hf", "FAIL", true},
      {"WL-P-010", "ln -s config.json link && tar czf out *", "kserve", "RISK", false},
      {"WL-P-010", "tar czf out *", "sagemaker-hf", "", false},
      {"WL-P-011", "tar czPf out --transform 's,^,../,' *", "sagemaker-hf", "RISK", false},
      {"WL-P-011", "tar czPf out --transform 's,^,/,' *", "kserve", "RISK", false},
      {"WL-P-011", "cp config.json Config.json && tar czf out *", "sagemaker-hf", "RISK", false},
      {"WL-P-011", "tar czf out *", "sagemaker-hf", "", false},
      {"WL-P-012", "tar czf o * && head -c 300 o > out", "sagemaker-hf", "FAIL", true},
      {"WL-P-012", "tar czf o * && head -c 300 o > out", "kserve", "RISK", false},
      {"WL-P-012", "tar czf out *", "sagemaker-hf", "", false},
      {"WL-P-020", "tar cf out *", "sagemaker-hf", "FAIL", true},
      {"WL-P-020", "tar czf out *", "sagemaker-hf", "", false},
      {"WL-P-020", "tar czf out *", "vllm", "RISK", false},
      {"WL-P-020", "tar cf out *", "kserve", "RISK", false},
  };
  for (const ArchiveCase& c : cases) {
    SCOPED_TRACE(std::string(c.make) + " for " + c.platform);
    const TemporaryFolder folder;
    for (const auto& [name, content] : Bert()) WriteFile(folder / name, content);
    ASSERT_EQ(std::system(("cd " + folder.path() + " && " + c.make + " 2>/dev/null").c_str()), 0);
    auto report =
        Check(folder / "out", *ParseTarget(std::string("platform=") + c.platform), CheckOptions());
    ASSERT_TRUE(report) << report.error().Message();
    const CheckFinding* finding = FindRule(*report, c.rule);
    NoteTried(c.rule, finding != nullptr);
    if (finding != nullptr) ExpectExplained(c.rule, finding->message);
    EXPECT_EQ(finding == nullptr ? "" : VerdictName(finding->verdict), c.verdict);
    EXPECT_EQ(finding != nullptr && !finding->message.empty(), c.has_message);
  }
}

TEST(Packaging, KserveUnpacksByName) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : Bert()) WriteFile(folder / name, content);
  for (const char* name : {"m.tar", "m.tar.gz", "m.tgz"}) {
    const std::string flags = std::string_view(name).ends_with("tar") ? "cf" : "czf";
    ASSERT_EQ(std::system(("cd " + folder.path() + " && tar " + flags + " " + name +
                           " config.json vocab.txt model.safetensors")
                              .c_str()),
              0);
    auto report = Check(folder / name, *ParseTarget("platform=kserve"), CheckOptions());
    ASSERT_TRUE(report) << report.error().Message();
    EXPECT_EQ(FindRule(*report, "WL-P-020"), nullptr) << name;
  }
}

TEST(Packaging, WhatIsRefusedIsAnErrorWhereNoPlatformIsNamed) {
  const TemporaryFolder folder;
  WriteFile(folder / "config.json", "{}");
  ASSERT_EQ(
      std::system(("cd " + folder.path() + " && ln -s config.json l && tar czf out *").c_str()), 0);
  auto report = Check(folder / "out", *ParseTarget("transformers==4.37.2"), CheckOptions());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::kUnsupported);
}

// The only file that KServe downloads is unpacked, in a folder too.
TEST(Packaging, TheOnlyArchiveOfAFolderIsUnpacked) {
  const TemporaryFolder folder;
  const std::string files = folder / "files", prefix = folder / "prefix";
  std::filesystem::create_directories(files);
  std::filesystem::create_directories(prefix);
  for (const auto& [name, content] : Bert()) WriteFile(files + "/" + name, content);
  ASSERT_EQ(std::system(("tar czf " + prefix + "/model.tar.gz -C " + files + " .").c_str()), 0);
  const auto judged = [&](const std::string& platform) {
    return *Check(prefix, *ParseTarget("transformers==4.37.2,platform=" + platform), {});
  };
  const CheckReport unpacked = judged("kserve");
  EXPECT_EQ(FindRule(unpacked, "WL-P-003"), nullptr);
  EXPECT_EQ(FindRule(unpacked, "WL-C-004"), nullptr);
  ASSERT_EQ(unpacked.notes.size(), 1u);
  EXPECT_EQ(unpacked.notes[0],
            "the storage initialiser unpacks model.tar.gz, the only file of the folder, which was "
            "judged in the folder's place");
  EXPECT_NE(FindRule(judged("vllm"), "WL-P-003"), nullptr);
  WriteFile(prefix + "/README.md", "x");
  EXPECT_NE(FindRule(judged("kserve"), "WL-P-003"), nullptr);
}

}  // namespace
}  // namespace weighlock
