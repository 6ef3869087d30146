// code/requirements.txt of a package, over what the image has: what runs then, and what of it is
// open.
#include <gtest/gtest.h>

#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/tried_rules.h"

namespace weighlock {
namespace {

constexpr const char* kImage =
    "transformers==4.11.3,tokenizers==0.10.3,torch==1.9.0,python==3.8,safetensors=absent,"
    "huggingface-hub==0.0.19,platform=sagemaker-hf";

CheckedFiles Package(const std::string& requirements) {
  CheckedFiles files = {
      {"config.json",
       R"({"model_type": "bert", "architectures": ["BertForSequenceClassification"]})"},
      {"vocab.txt", "a\n"},
      {"model.safetensors",
       SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, R"({"format": "pt"})")}};
  if (!requirements.empty()) files["code/requirements.txt"] = requirements;
  return files;
}

std::string VerdictOf(const CheckReport& report, const char* rule) {
  const CheckFinding* finding = FindRule(report, rule);
  NoteTried(rule, finding != nullptr);
  return finding == nullptr ? "" : std::string(VerdictName(finding->verdict));
}

TEST(ContainerRequirements, DecideWhatRuns) {
  const struct {
    const char* text;
    const char* told;         // WL-P-025
    const char* open;         // WL-P-026
    const char* refused;      // WL-P-027
    const char* safetensors;  // WL-W-001, which 4.11.3 fails with and 4.30 does not
  } cases[] = {
      {"", "", "", "", "FAIL"},
      {"# nothing\n\n", "", "", "", "FAIL"},
      {"boto3==1.34.0\npandas\n", "", "", "", "FAIL"},
      {"transformers==4.11.3\n", "", "", "", "FAIL"},
      {"transformers>=4.6\n", "", "", "", "FAIL"},  // what is there fits
      {"transformers\n", "", "", "", "FAIL"},
      {"transformers==4.30.2\nboto3\n", "OK", "", "", ""},
      {"transformers[torch]==4.30.2  # newer\n", "OK", "", "", ""},
      {"Transformers == 4.30.2 ; python_version >= '3.8'\n", "OK", "", "", ""},
      {"transformers==4.30.2; python_version >= '3.9'\n", "", "", "", "FAIL"},
      {"transformers==4.12.0; python_version < '3.8'\n"
       "transformers==4.30.2; python_version >= '3.8' and sys_platform == 'linux'\n",
       "OK", "", "", ""},
      {"transformers==4.30.2; platform_machine == 'x86_64'\n", "OK", "RISK", "", ""},
      {"transformers==4.30.2; python_version > 3.6\n", "OK", "RISK", "", ""},
      {"transformers>=4.30,<4.31\n", "OK", "RISK", "", ""},
      {"transformers @ git+https://github.com/huggingface/transformers\n", "OK", "RISK", "", ""},
      {"git+https://github.com/huggingface/transformers\n", "", "RISK", "", "FAIL"},
      {"-r more.txt\ntransformers==4.11.3\n", "", "RISK", "", "FAIL"},
      {"transformers 4.30.2\n", "", "RISK", "", "FAIL"},
      {"torch==2.1.2\n", "OK", "RISK", "", "FAIL"},
      {"safetensors\n", "OK", "", "", "FAIL"},
      {"transformers==4.30.2\ntokenizers==0.10.3\n", "OK", "", "FAIL", ""},
      {"transformers==4.37.2\ntokenizers>=0.19\n", "OK", "RISK", "FAIL", ""},
      {"transformers==5.0.0\n", "OK", "", "FAIL", ""},  // wants Python 3.10
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const CheckReport report = CheckFiles(Package(c.text), kImage);
    EXPECT_EQ(VerdictOf(report, "WL-P-025"), c.told);
    EXPECT_EQ(VerdictOf(report, "WL-P-026"), c.open);
    EXPECT_EQ(VerdictOf(report, "WL-P-027"), c.refused);
    const CheckFinding* weights = FindRule(report, "WL-W-001");
    EXPECT_EQ(weights == nullptr ? "" : VerdictName(weights->verdict), c.safetensors);
  }
}

TEST(ContainerRequirements, ADowngradeBreaksWhatTheImageHas) {
  const std::string image =
      "transformers==4.37.2,tokenizers==0.15.2,torch==2.1.2,safetensors==0.4.2,platform="
      "sagemaker-pytorch";
  const CheckReport sound = CheckFiles(Package(""), image);
  EXPECT_EQ(FindRule(sound, "WL-R-010"), nullptr);
  const CheckReport report = CheckFiles(Package("tokenizers==0.10.3\n"), image);
  const CheckFinding* finding = FindRule(report, "WL-R-010");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->message,
            "ImportError: tokenizers>=0.14,<0.19 is required for a normal functioning of this "
            "module, but found tokenizers==0.10.3.");
  const CheckReport older = CheckFiles(Package("transformers==4.11.3\n"), image);
  EXPECT_EQ(FindRule(older, "WL-W-001")->verdict, Verdict::kFail);
  EXPECT_EQ(FindRule(older, "WL-R-010"), nullptr);  // its own tokenizers comes with it
}

TEST(ContainerRequirements, SayWhatIsInstalledInPlaceOfWhat) {
  const CheckReport report = CheckFiles(Package("transformers==4.30.2\nsafetensors\n"), kImage);
  EXPECT_EQ(FindRule(report, "WL-P-025")->text,
            "the container installs code/requirements.txt before it loads the model, and is judged "
            "with it: safetensors in place of absent, transformers 4.30.2 in place of 4.11.3; "
            "without a network it does not start");
  const CheckReport range = CheckFiles(Package("transformers>=4.30\n"), kImage);
  EXPECT_EQ(FindRule(range, "WL-P-026")->text,
            "code/requirements.txt: it asks for transformers \">=4.30\": which version comes is "
            "known only when the container starts");
  const CheckReport refused =
      CheckFiles(Package("transformers==4.30.2\ntokenizers==0.10.3\n"), kImage);
  const CheckFinding* finding = FindRule(refused, "WL-P-027");
  EXPECT_EQ(finding->text,
            "pip cannot install code/requirements.txt: transformers 4.30.2 wants tokenizers "
            "!=0.11.3,<0.14,>=0.11.1, and the file 0.10.3");
  EXPECT_EQ(finding->message, "ValueError: failed to install required packages");
  ExpectExplained("WL-P-027", finding->message);
}

TEST(ContainerRequirements, AreReadBySageMakerAlone) {
  for (const char* platform : {"plain", "vllm", "kserve", "torchserve"}) {
    const CheckReport report =
        CheckFiles(Package("transformers==4.30.2\n"),
                   std::string("transformers==4.11.3,safetensors=absent,platform=") + platform);
    EXPECT_EQ(FindRule(report, "WL-P-025"), nullptr) << platform;
  }
}

}  // namespace
}  // namespace weighlock
