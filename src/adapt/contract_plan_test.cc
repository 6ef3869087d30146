// What a contract forbids to be done, what the package itself installs, and what adapting has notes
// on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/adapt.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

struct Package {
  explicit Package(const char* sample = "bert-4.37.2") {
    std::filesystem::copy(std::string(WL_TEST_DATA) + "/packages/" + sample, folder / "in",
                          std::filesystem::copy_options::recursive);
  }
  void Write(const std::string& name, const std::string& content) const {
    const std::string path = folder / ("in/" + name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << content;
  }
  TemporaryFolder folder;
};

// "rewrite tokenizer_config.json T5; ..." of what is not kept or dropped, and the notes; or the
// error.
std::string Planned(const Package& package, const std::string& rules) {
  const std::string contract = package.folder / "handover.toml";
  WriteFile(contract, "contract = 1\nid = \"a/b\"\nversion = \"2\"\n" + rules);
  const auto given = ReadTarget(contract);
  if (!given) return given.error().Message();
  AdaptOptions options;
  options.contract = &*given->contract;
  const auto plan = PlanAdapt(package.folder / "in", given->target, options);
  if (!plan) return plan.error().what();
  std::string text;
  for (const Step& step : plan->steps) {
    if (step.action == Action::kKeep || step.action == Action::kDrop) continue;
    text += fmt::format("{} {} {}; ", ActionName(step.action), step.output, step.adaptation);
  }
  for (const std::string& note : plan->notes) text += note + "; ";
  return text;
}

TEST(ContractPlan, WhatTheTargetDoesWithoutIsLeft) {
  Package package;
  package.Write("chat_template.jinja", "{{ d }}");
  const std::string runtime = "[runtime]\ntransformers = \"==4.37.2\"\n";
  EXPECT_EQ(Planned(package, runtime), "rewrite tokenizer_config.json T5; ");
  EXPECT_EQ(Planned(package, runtime + "[policy]\nnever_adapt = [\"T5\"]\n"),
            "tokenizer_config.json: T5 is left undone, which policy.never_adapt (line 7) of the "
            "contract does not allow (chat_template, as in chat_template.jinja): it loads all the "
            "same; ");
  // The rest is done.
  package.Write("tokenizer_config.json",
                R"({"tokenizer_class": "TokenizersBackend", "extra_special_tokens": ["a"]})");
  EXPECT_EQ(Planned(package, runtime + "[policy]\nnever_adapt = [\"T5\"]\n"),
            "rewrite tokenizer_config.json T3 T4; tokenizer_config.json: T5 is left undone, which "
            "policy.never_adapt (line 7) of the contract does not allow (chat_template, as in "
            "chat_template.jinja): it loads all the same; ");
  // Without T3 nothing would load.
  EXPECT_EQ(
      Planned(package, runtime + "[policy]\nnever_adapt = [\"T3\"]\n"),
      "the target wants T3 done to it, which policy.never_adapt (line 7) of the contract does "
      "not allow; weighlock check says which upgrade helps instead");
}

TEST(ContractPlan, WhatOnlyAnswersOtherwiseIsLeftWhereTheGateLetsItPass) {
  Package package("llama-4.37.2");
  package.Write("config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"],
    "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}})");
  const std::string rules =
      "[runtime]\ntransformers = \"==4.45.2\"\n[policy]\nnever_adapt = [\"C1\"]\n";
  EXPECT_EQ(Planned(package, "[runtime]\ntransformers = \"==4.45.2\"\n"),
            "rewrite config.json C1; ");
  const std::string left = Planned(package, rules);
  EXPECT_TRUE(left.starts_with("config.json: C1 is left undone, which policy.never_adapt (line 7)"))
      << left;
  EXPECT_TRUE(left.ends_with("it loads, and may answer otherwise; ")) << left;
  EXPECT_EQ(
      Planned(package, rules + "on_differs = \"fail\"\n"),
      "the target wants C1 done to it, which policy.never_adapt (line 7) of the contract does "
      "not allow; weighlock check says which upgrade helps instead");
}

TEST(ContractPlan, TrainingStateThatMayNotBeLeftOutIsKept) {
  const Package package;
  const std::string contract = package.folder / "handover.toml";
  WriteFile(contract,
            "contract = 1\nid = \"a/b\"\nversion = \"2\"\n[runtime]\ntransformers = "
            "\"==4.37.2\"\n[policy]\nnever_adapt = [\"P2\"]\n");
  const auto given = ReadTarget(contract);
  ASSERT_TRUE(given) << given.error().Message();
  AdaptOptions options;
  options.contract = &*given->contract;
  const auto plan = PlanAdapt(package.folder / "in", given->target, options);
  ASSERT_TRUE(plan) << plan.error().Message();
  for (const Step& step : plan->steps) EXPECT_EQ(step.action, Action::kKeep) << step.inputs[0];
}

// In SageMaker's containers code/requirements.txt decides what loads the rest, as in check.
TEST(ContractPlan, WhatThePackageInstallsIsPlannedFor) {
  Package package;
  package.Write("code/requirements.txt", "transformers==4.30.2\n");
  const std::string in = package.folder / "in", archive = package.folder / "in.tar.gz";
  ASSERT_EQ(std::system(fmt::format("tar czf {} -C {} .", archive, in).c_str()), 0);
  const auto image =
      ParseTarget("transformers==4.11.3,torch==1.13.1,safetensors=absent,platform=sagemaker-hf");
  const auto other =
      ParseTarget("transformers==4.11.3,torch==1.13.1,safetensors=absent,platform=plain");
  const std::string note =
      "the container installs code/requirements.txt before it loads the model, and is judged with "
      "it: transformers 4.30.2 in place of 4.11.3; without a network it does not start";
  for (const std::string& input : {in, archive}) {
    const auto report = Adapt(input, input + "-image", *image, AdaptOptions());
    ASSERT_TRUE(report) << report.error().Message();
    EXPECT_TRUE(std::filesystem::exists(input + "-image/model.safetensors"));
    const auto& notes = report->plan.notes;
    EXPECT_EQ(std::count(notes.begin(), notes.end(), note), 1) << fmt::format("{}", notes.size());
    const auto plan = PlanAdapt(input, *image, AdaptOptions());
    ASSERT_TRUE(plan) << plan.error().Message();
    EXPECT_EQ(plan->steps, report->plan.steps);
    ASSERT_TRUE(Adapt(input, input + "-other", *other, AdaptOptions()));
    EXPECT_TRUE(std::filesystem::exists(input + "-other/pytorch_model.bin"));
  }
}

TEST(AdaptNotes, SetsThatDisagree) {
  const Package package("bert-4.11.3");
  const std::string in = package.folder / "in";
  const auto target = ParseTarget("transformers==4.37.2,torch==2.1.0");
  WriteFile(in + "/model.safetensors",
            SafetensorsFile({{"bert.embeddings.LayerNorm.bias", "F32", "[3]", Floats(3, 1)}},
                            R"({"format": "pt"})"));
  const auto plan = PlanAdapt(in, *target, AdaptOptions());
  ASSERT_TRUE(plan) << plan.error().Message();
  EXPECT_EQ(fmt::format("{}", fmt::join(plan->notes, "; ")),
            "model.safetensors and pytorch_model.bin disagree: bert.embeddings.LayerNorm.bias has "
            "another shape or dtype; both are kept, and which of them is loaded hangs on the "
            "release");
  const auto old = PlanAdapt(in, *ParseTarget("transformers==4.11.3,torch==1.9.0"), AdaptOptions());
  ASSERT_TRUE(old) << old.error().Message();
  EXPECT_EQ(fmt::format("{}", fmt::join(old->notes, "; ")),
            "model.safetensors and pytorch_model.bin disagree: bert.embeddings.LayerNorm.bias has "
            "another shape or dtype; model.safetensors is left out");
}

TEST(AdaptNotes, OddNamesMayBeDropped) {
  const Package package;
  const std::string in = package.folder / "in";
  const auto target = ParseTarget("transformers==4.37.2");
  package.Write("a\\b.txt", "x");
  const auto refused = PlanAdapt(in, *target, AdaptOptions());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().Message().find("(--drop leaves it out)"), std::string::npos)
      << refused.error().Message();
  AdaptOptions options;
  options.drop = {"a*b.txt"};
  const auto plan = PlanAdapt(in, *target, options);
  ASSERT_TRUE(plan) << plan.error().Message();
  const auto report = Adapt(in, package.folder / "out", *target, options);
  ASSERT_TRUE(report) << report.error().Message();
  EXPECT_FALSE(std::filesystem::exists(package.folder / "out/a\\b.txt"));
  EXPECT_TRUE(std::filesystem::exists(package.folder / "out/config.json"));
}

TEST(AdaptNotes, EmptyFoldersOfArchives) {
  const Package package;
  const std::string in = package.folder / "in";
  std::filesystem::create_directories(in + "/a/b");
  std::filesystem::create_directories(in + "/code");
  WriteFile(in + "/code/x.json", "{}");
  for (const char* kind : {"czf in.tar.gz", "cf in.tar"}) {
    ASSERT_EQ(
        std::system(fmt::format("cd {} && tar {} -C in .", package.folder.path(), kind).c_str()),
        0);
  }
  for (const char* name : {"in", "in.tar", "in.tar.gz"}) {
    const std::string input = package.folder / name;
    const auto target = ParseTarget("transformers==4.37.2");
    const auto plan = PlanAdapt(input, *target, AdaptOptions());
    ASSERT_TRUE(plan) << plan.error().Message();
    EXPECT_EQ(fmt::format("{}", fmt::join(plan->notes, "; ")), "left out, being empty: a/b/")
        << name;
    const auto report = Adapt(input, input + "-out", *target, AdaptOptions());
    ASSERT_TRUE(report) << report.error().Message();
    EXPECT_EQ(report->plan.notes, plan->notes) << name;
  }
}

}  // namespace
}  // namespace weighlock
