// Ranges of releases: every release of them is judged, and each finding says where it holds.
#include <gtest/gtest.h>

#include "weighlock/check.h"

namespace weighlock {
namespace {

const std::string kPackages = std::string(WL_TEST_DATA) + "/packages/";

CheckReport CheckPackage(const std::string& name, const std::string& target) {
  const auto runtime = ParseTarget(target);
  EXPECT_TRUE(runtime) << target;
  auto report = Check(kPackages + name, *runtime, CheckOptions());
  if (!report) {
    ADD_FAILURE() << report.error().Message();
    return {};
  }
  return std::move(*report);
}

// "FAIL WL-W-001 4.20.0 to 4.22.2; ..." of what is not inherited.
std::string Text(const CheckReport& report) {
  std::string out;
  for (const CheckFinding& finding : report.findings) {
    if (finding.inherited) continue;
    out +=
        (out.empty() ? "" : "; ") + std::string(VerdictName(finding.verdict)) + " " + finding.rule;
    for (const auto& [first, last] : finding.releases) {
      out += (&first == &finding.releases[0].first ? " " : ", ") + first +
             (last == first ? "" : " to " + last);
    }
    if (!finding.removed_by.component.empty()) {
      out += ", gone with " + finding.removed_by.component + " " + finding.removed_by.version;
    }
  }
  return out;
}

TEST(ReleaseRange, Table) {
  struct Case {
    const char* package;
    const char* target;
    const char* findings;
    const char* advice;
  };
  const Case table[] = {
      {"bert-4.37.2", "transformers>=4.36,<4.40", "", ""},
      {"bert-4.37.2", "transformers>=4.26,<4.32,safetensors=absent",
       "FAIL WL-R-010 4.31.0, gone with safetensors 0.3.1; "
       "FAIL WL-W-001 4.26.0 to 4.29.2, gone with transformers 4.30.0",
       "4.31.0"},
      {"llama-4.37.2", "transformers>=4.26,<4.32",
       "FAIL WL-C-001 4.26.0 to 4.27.4, gone with transformers 4.28.0; "
       "FAIL WL-W-030 4.30.0 to 4.30.2, gone with transformers 4.31.0; "
       "RISK WL-W-001 4.26.0 to 4.29.2",
       "4.31.0"},
      {"bert-4.37.2", "transformers==4.37.*", "", ""},
      {"bert-4.37.2", "transformers>=5.20", "OK WL-R-001", ""},
      {"bert-4.37.2", "transformers>=4.37,<6", "OK WL-R-001", ""},
      {"llama-4.37.2", "transformers>=4.26",
       "OK WL-R-001; FAIL WL-C-001 4.26.0 to 4.27.4, gone with transformers 4.28.0; "
       "FAIL WL-W-030 4.30.0 to 4.30.2, gone with transformers 4.31.0; "
       "RISK WL-W-001 4.26.0 to 4.29.2",
       "4.31.0"},
      {"bert-4.37.2", "transformers>=9", "RISK WL-R-002; RISK WL-C-009", ""},
      // tokenizers that are in the range and that the release wants.
      {"gpt2-5.23.0", "transformers==4.45.0,tokenizers>=0.15", "", ""},
      {"gpt2-5.23.0", "transformers==4.40.0,tokenizers>=0.15",
       "FAIL WL-T-003, gone with transformers 4.45.0", "4.45.0"},
      // Other components: where all of the range agree, and where not.
      {"bert-4.11.3", "transformers==4.52.4,torch>=2.6,<2.8", "", ""},
      {"bert-4.11.3", "transformers==4.52.4,torch>=2.1,<2.6",
       "FAIL WL-W-013, gone with torch 2.6.0", "4.52.4"},
      {"bert-4.11.3", "transformers==4.52.4,torch<2.6",
       "FAIL WL-W-013, gone with torch 2.6.0; RISK WL-W-007, gone with torch 2.1.0", "4.52.4"},
      {"bert-4.11.3", "transformers==4.52.4,torch>=2.4", "RISK WL-W-013", ""},
  };
  for (const Case& c : table) {
    const CheckReport report = CheckPackage(c.package, c.target);
    EXPECT_EQ(Text(report), c.findings) << c.package << " in " << c.target;
    EXPECT_EQ(report.advice.transformers, c.advice) << c.package << " in " << c.target;
  }
}

TEST(ReleaseRange, WordsOfTheOldestRelease) {
  const CheckReport report = CheckPackage("llama-4.37.2", "transformers>=4.26,<4.32");
  EXPECT_EQ(report.verdict, Verdict::kFail);
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].text, "transformers 4.26.0 does not know the model type \"llama\"");
  EXPECT_EQ(report.findings[0].message, "KeyError: 'llama'");
  const auto& weights = report.stages[static_cast<size_t>(Stage::kWeights)];
  EXPECT_TRUE(weights.reached);
  EXPECT_EQ(weights.message, "KeyError: 'llama'");
}

TEST(ReleaseRange, DoubtsNameTheRange) {
  const CheckReport report = CheckPackage("bert-4.11.3", "transformers==4.52.4,torch>=2.4");
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].text,
            "the target does not say whether it reads pytorch_model.bin; not every torch of "
            "\">=2.4\" answers alike");
}

// What a range says of a release is what that release says when asked alone.
TEST(ReleaseRange, AgreesWithEachRelease) {
  for (const char* package : {"gpt2-5.23.0", "t5-4.37.2-bin", "bert-5.23.0"}) {
    const CheckReport range = CheckPackage(package, "transformers>=4.30,<4.33");
    Verdict worst = Verdict::kOk;
    for (const char* release : {"4.30.0", "4.30.1", "4.30.2", "4.31.0", "4.32.0", "4.32.1"}) {
      const CheckReport one = CheckPackage(package, std::string("transformers==") + release);
      worst = std::max(worst, one.verdict);
    }
    EXPECT_EQ(range.verdict, worst) << package;
  }
}

}  // namespace
}  // namespace weighlock
