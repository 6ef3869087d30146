// Packages adapted whole: the plan by table, the same result by every way through, nothing written
// over and nothing left behind whatever goes wrong.
#include "weighlock/adapt.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

const char* kOld = "transformers==4.11.3,torch==1.9.0";

std::string Model(unsigned seed = 1) {
  return SafetensorsFile(
      {{"w", "F32", "[16, 8]", Floats(128, seed)}, {"b", "BF16", "[8]", Floats(4, seed + 1)}});
}

// As a wrapper of training leaves it.
std::string Wrapped() {
  return SafetensorsFile({{"module.w", "F32", "[16, 8]", Floats(128, 2)}});
}

// A real one, of torch 1.9.
std::string Bin() {
  return ReadFile(std::string(WL_TEST_DATA) + "/packages/bert-4.11.3/pytorch_model.bin");
}

using Files = std::map<std::string, std::string>;

Files SmallPackage() {
  return {{"config.json", "{\"model_type\": \"bert\"}"},
          {"model.safetensors", Model()},
          {"optimizer.pt", "\x80\x02}."},
          {"tokenizer.json", "{\"a\": 1}"},
          {"trainer_state.json", "{}"},
          {"vocab.txt", "[PAD]\nthe\n"}};
}

void WriteFolder(const std::string& root, const Files& files) {
  std::filesystem::create_directories(root);
  for (const auto& [path, content] : files) WriteFile(root + "/" + path, content);
}

Files ReadFolder(const std::string& root) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(root).string()] = ReadFile(entry.path().string());
    }
  }
  return files;
}

// An archive made by the real tar, its members in the order given.
void RealTar(const std::string& archive, const std::string& root,
             const std::vector<std::string>& members) {
  std::string command =
      fmt::format("tar {} {} -C {}", archive.ends_with("gz") ? "czf" : "cf", archive, root);
  for (const std::string& member : members) command += " " + member;
  ASSERT_EQ(std::system(command.c_str()), 0);
}

std::vector<std::string> Names(const Files& files) {
  std::vector<std::string> names;
  for (const auto& [path, content] : files) names.push_back(path);
  return names;
}

Files Unpacked(const TemporaryFolder& folder, const std::string& archive) {
  const std::string into = folder / "unpacked-by-tar";
  std::filesystem::create_directories(into);
  EXPECT_EQ(std::system(fmt::format("tar xf {} -C {}", archive, into).c_str()), 0);
  Files files = ReadFolder(into);
  std::filesystem::remove_all(into);
  return files;
}

Result<AdaptReport> AdaptTo(const std::string& input, const std::string& output,
                            const char* target = kOld, const AdaptOptions& options = {}) {
  return Adapt(input, output, *ParseTarget(target), options);
}

TEST(Adapt, EveryWayThroughGivesTheSameFiles) {
  TemporaryFolder folder;
  const Files package = SmallPackage();
  WriteFolder(folder / "in", package);
  RealTar(folder / "in.tar", folder / "in", Names(package));
  RealTar(folder / "in.tar.gz", folder / "in", Names(package));
  Files wanted;
  for (const char* input : {"in", "in.tar", "in.tar.gz"}) {
    for (const char* form : {"", ".tar", ".tar.gz"}) {
      const std::string output = folder / fmt::format("out-{}-to{}", input, form);
      auto report = AdaptTo(folder / input, output);
      ASSERT_TRUE(report) << report.error().Message();
      EXPECT_EQ(report->tensors.size(), 2u);
      EXPECT_EQ(report->files.size(), 3u);
      const Files files = *form == 0 ? ReadFolder(output) : Unpacked(folder, output);
      if (wanted.empty()) wanted = files;
      EXPECT_EQ(files, wanted) << output;
    }
  }
  EXPECT_EQ(Names(wanted), (std::vector<std::string>{"config.json", "pytorch_model.bin",
                                                     "tokenizer.json", "vocab.txt"}));
  EXPECT_EQ(ReadFile(folder / "out-in-to.tar.gz"), ReadFile(folder / "out-in.tar-to.tar.gz"));
  EXPECT_EQ(ReadFile(folder / "out-in-to.tar.gz"), ReadFile(folder / "out-in.tar.gz-to.tar.gz"));
}

// Archives whose order defeats a decision made as they stream by.
TEST(Adapt, ALaterMemberChangesTheDecision) {
  TemporaryFolder folder;
  ASSERT_TRUE(AdaptTo((WriteFolder(folder / "p", SmallPackage()), folder / "p"), folder / "bin"));
  Files both = SmallPackage();
  both["pytorch_model.bin"] = ReadFile(folder / "bin/pytorch_model.bin");
  Files shards = {
      {"config.json", "{}"},
      {"model-00001-of-00002.safetensors", Model(3)},
      {"model-00002-of-00002.safetensors", SafetensorsFile({{"c", "I64", "[1]", "12345678"}})},
      {"model.safetensors.index.json",
       R"({"weight_map":{"w":"model-00001-of-00002.safetensors","b":"model-00001-of-00002.safetensors",)"
       R"("c":"model-00002-of-00002.safetensors"}})"}};
  int number = 0;
  for (const Files& package : {both, shards}) {
    const std::string root = folder / fmt::format("in{}", ++number);
    WriteFolder(root, package);
    auto wanted = AdaptTo(root, root + "-out");
    ASSERT_TRUE(wanted) << wanted.error().Message();
    std::vector<std::string> names = Names(package);
    for (int order = 0; order < 4; ++order) {
      std::rotate(names.begin(), names.begin() + 1, names.end());
      if (order == 2) std::reverse(names.begin(), names.end());
      const std::string archive = fmt::format("{}-{}.tar.gz", root, order);
      RealTar(archive, root, names);
      auto report = AdaptTo(archive, fmt::format("{}-{}-out", root, order));
      ASSERT_TRUE(report) << report.error().Message();
      EXPECT_EQ(ReadFolder(fmt::format("{}-{}-out", root, order)), ReadFolder(root + "-out"));
    }
  }
}

struct PlanCase {
  const char* name;
  Files package;
  const char* target;
  AdaptOptions options;
  const char* verdict;
  const char* steps;  // "keep a; convert b -> c; drop d"
};

std::string StepsText(const Plan& plan) {
  std::string out;
  for (const Step& step : plan.steps) {
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", ActionName(step.action), step.inputs[0]);
    if (step.action == Action::kConvert) out += " -> " + step.output;
  }
  return out;
}

TEST(Plan, Table) {
  const Files small = {
      {"config.json", "{}"}, {"model.safetensors", Model()}, {"optimizer.pt", "x"}};
  const Files adapter = {{"adapter_config.json", "{}"}, {"adapter_model.safetensors", Model()}};
  AdaptOptions keep_state, keep, drop, drop_wins;
  keep_state.keep_training_state = true;
  keep.keep = {"optimizer.*", "model.safetensors"};
  drop.drop = {"config.json"};
  drop_wins.keep = {"*.json"};
  drop_wins.drop = {"config.json"};
  const PlanCase table[] = {
      {"the flagship",
       small,
       kOld,
       {},
       "FAIL",
       "keep config.json; convert model.safetensors -> pytorch_model.bin; drop optimizer.pt"},
      {"read as it is",
       small,
       "transformers==4.37.2",
       {},
       "OK",
       "keep config.json; keep model.safetensors; drop optimizer.pt"},
      {"never a .bin",
       small,
       "transformers==4.52.0,torch==2.5",
       {},
       "OK",
       "keep config.json; keep model.safetensors; drop optimizer.pt"},
      {"not said",
       small,
       "transformers==4.25.1",
       {},
       "RISK",
       "keep config.json; convert model.safetensors -> pytorch_model.bin; drop optimizer.pt"},
      {"nothing said",
       small,
       "python==3.8",
       {},
       "RISK",
       "keep config.json; keep model.safetensors; drop optimizer.pt"},
      {"state kept", small, "transformers==4.37.2", keep_state, "OK",
       "keep config.json; keep model.safetensors; keep optimizer.pt"},
      {"kept by pattern", small, kOld, keep, "FAIL",
       "keep config.json; convert model.safetensors -> pytorch_model.bin; keep model.safetensors; "
       "keep optimizer.pt"},
      {"dropped by pattern", small, "transformers==4.37.2", drop, "OK",
       "drop config.json; keep model.safetensors; drop optimizer.pt"},
      {"drop is stronger", small, "transformers==4.37.2", drop_wins, "OK",
       "drop config.json; keep model.safetensors; drop optimizer.pt"},
      {"an adapter",
       adapter,
       "transformers==4.37.2,peft==0.9.0",
       {},
       "OK",
       "keep adapter_config.json; keep adapter_model.safetensors"},
      {"an adapter for an old peft",
       adapter,
       "transformers==4.28.0,peft==0.3.0",
       {},
       "FAIL",
       "keep adapter_config.json; convert adapter_model.safetensors -> adapter_model.bin"},
      {"junk",
       {{".git/HEAD", "x"}, {"config.json", "{}"}, {"runs/e/events.out.tfevents.1", "x"}},
       "transformers==4.37.2",
       {},
       "RISK",
       "drop .git/HEAD; keep config.json; drop runs/e/events.out.tfevents.1"},
      {"a checkpoint inside",
       {{"checkpoint-500/model.safetensors", Model()}, {"model.safetensors", Model()}},
       "transformers==4.37.2",
       {},
       "OK",
       "drop checkpoint-500/model.safetensors; keep model.safetensors"},
      {"weights of something else in a folder that comes first",
       {{"a/model.safetensors", Model()}, {"model.safetensors", Model()}},
       kOld,
       {},
       "FAIL",
       "convert a/model.safetensors -> a/pytorch_model.bin; convert model.safetensors -> "
       "pytorch_model.bin"},
      {"a part that is read does not stand for the model",
       {{"2_Dense/pytorch_model.bin", Bin()}, {"model.safetensors", Model()}},
       kOld,
       {},
       "FAIL",
       "keep 2_Dense/pytorch_model.bin; convert model.safetensors -> pytorch_model.bin"},
      {"two models side by side",
       {{"decoder/model.safetensors", Model()}, {"encoder/model.safetensors", Model()}},
       kOld,
       {},
       "FAIL",
       "convert decoder/model.safetensors -> decoder/pytorch_model.bin; convert "
       "encoder/model.safetensors -> encoder/pytorch_model.bin"},
      {"an adapter that nothing is known of does not hold the model up",
       {{"adapter/adapter_model.safetensors", Model()}, {"model.safetensors", Model()}},
       kOld,
       {},
       "FAIL",
       "keep adapter/adapter_model.safetensors; convert model.safetensors -> pytorch_model.bin"},
      {"what is taken first is broken, and another set is whole",
       {{"model.safetensors", Model().substr(0, Model().size() - 4)}, {"pytorch_model.bin", Bin()}},
       "transformers==4.37.2",
       {},
       "FAIL",
       "drop model.safetensors; keep pytorch_model.bin"},
      {"a stale set that is not taken is no reason to write another one",
       {{"model-00001-of-00001.safetensors", Wrapped()},
        {"model.safetensors", Model()},
        {"model.safetensors.index.json",
         R"({"weight_map": {"module.w": "model-00001-of-00001.safetensors"}})"}},
       "transformers==4.37.2",
       {},
       "OK",
       "keep model-00001-of-00001.safetensors; keep model.safetensors; keep "
       "model.safetensors.index.json"},
      {"only checkpoints, and a configuration above them",
       {{"checkpoint-500/model.safetensors", Model()}, {"preprocessor_config.json", "{}"}},
       "transformers==4.37.2",
       {},
       "OK",
       "keep checkpoint-500/model.safetensors; keep preprocessor_config.json"},
  };
  for (const PlanCase& c : table) {
    TemporaryFolder folder;
    WriteFolder(folder / "p", c.package);
    auto plan = PlanAdapt(folder / "p", *ParseTarget(c.target), c.options);
    ASSERT_TRUE(plan) << c.name << ": " << plan.error().Message();
    EXPECT_EQ(VerdictName(plan->diagnosis.verdict), c.verdict) << c.name;
    EXPECT_EQ(StepsText(*plan), c.steps) << c.name;
  }
}

TEST(Plan, AModelWithoutItsWeightsIsNone) {
  TemporaryFolder folder;
  WriteFolder(folder / "p", SmallPackage());
  AdaptOptions options;
  options.drop = {"*"};
  const auto plan = PlanAdapt(folder / "p", *ParseTarget("transformers==4.37.2"), options);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().what(), "no weights would be left of it: see what is dropped, and --keep");
}

struct KnownModel {
  const char* config;
  const char* transformers;
  std::string text, upgrade;  // of the diagnosis; empty: adapting is possible
};

TEST(Plan, AModelThatTheTargetDoesNotKnowCannotBeAdapted) {
  const std::string pins =
      ", which wants Python >=3.8.0, huggingface-hub <1.0,>=0.14.1, "
      "tokenizers !=0.11.3,<0.14,>=0.11.1, safetensors >=0.3.1";
  const KnownModel cases[] = {
      {"{\"model_type\": \"bert\"}", "4.11.3", "", ""},
      {"{\"model_type\": \"llama\", \"num_key_value_heads\": 2}", "4.11.3",
       "transformers 4.11.3 does not know the model type \"llama\" (the first that does is 4.28.0, "
       "without all of its keys)",
       "transformers 4.31.0 knows it and every key of its configuration, and reads these weights "
       "as "
       "they are" +
           pins},
      {"{\"model_type\": \"made_up\"}", "4.11.3",
       "transformers 4.11.3 does not know the model type \"made_up\", nor does any later one up to "
       "5.24.0",
       ""},
      // It brings its own; it does not say; it cannot be read.
      {"{\"model_type\": \"made_up\", \"auto_map\": {\"AutoConfig\": \"c.C\"}}", "4.11.3", "", ""},
      {"{}", "4.11.3", "", ""},
      {"no JSON", "4.11.3", "", ""},
  };
  for (const KnownModel& c : cases) {
    TemporaryFolder folder;
    Files files = SmallPackage();
    files["config.json"] = c.config;
    WriteFolder(folder / "in", files);
    const auto target = ParseTarget(std::string("transformers==") + c.transformers);
    ASSERT_TRUE(target);
    auto plan = PlanAdapt(folder / "in", *target, {});
    ASSERT_TRUE(plan) << plan.error().Message();
    EXPECT_EQ(plan->possible, c.text.empty()) << c.config;
    if (c.text.empty()) continue;
    EXPECT_EQ(plan->diagnosis.rule, "WL-C-001");
    EXPECT_EQ(plan->diagnosis.text, c.text);
    EXPECT_EQ(plan->diagnosis.upgrades.empty() ? "" : plan->diagnosis.upgrades[0], c.upgrade);
    EXPECT_TRUE(plan->steps.empty());
    for (const char* output : {"out", "out.tar.gz"}) {
      auto adapted = Adapt(folder / "in", folder / output, *target, {});
      ASSERT_FALSE(adapted);
      EXPECT_EQ(adapted.error().code(), Code::kUnsupported);
    }
    EXPECT_EQ(folder.Count(), 1u);
  }
}

TEST(Adapt, ADTypeThatTheTargetsTorchLacksIsNamed) {
  TemporaryFolder folder;
  WriteFolder(folder / "p",
              {{"model.safetensors", SafetensorsFile({{"w", "F8_E4M3", "[4]", "abcd"}})}});
  auto report = AdaptTo(folder / "p", folder / "out");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().Message(),
            "model.safetensors: unsupported: tensor \"w\": F8_E4M3 loads from torch 2.2 on, the "
            "target has 1.9.0");
  EXPECT_EQ(folder.Count(), 1u);
}

TEST(Adapt, NothingIsOverwritten) {
  TemporaryFolder folder;
  WriteFolder(folder / "p", SmallPackage());
  WriteFile(folder / "out.tar.gz", "precious");
  std::filesystem::create_directories(folder / "out");
  std::filesystem::create_symlink("nowhere", folder / "link");
  for (const char* taken : {"out.tar.gz", "out", "out/", "link"}) {
    auto report = AdaptTo(folder / "p", folder / taken);
    ASSERT_FALSE(report) << taken;
    EXPECT_EQ(report.error().code(), Code::kConflict) << taken;
  }
  EXPECT_EQ(ReadFile(folder / "out.tar.gz"), "precious");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "out"));
  EXPECT_EQ(folder.Count(), 4u);
}

TEST(Adapt, ACutArchiveIsAnErrorAndLeavesNothing) {
  TemporaryFolder folder;
  WriteFolder(folder / "p", SmallPackage());
  RealTar(folder / "whole.tar.gz", folder / "p", Names(SmallPackage()));
  const std::string whole = ReadFile(folder / "whole.tar.gz");
  for (size_t size = 0; size < whole.size(); size += 37) {
    WriteFile(folder / "cut.tar.gz", whole.substr(0, size));
    for (const char* output : {"out", "out.tar.gz"}) {
      auto report = AdaptTo(folder / "cut.tar.gz", folder / output);
      ASSERT_FALSE(report) << size;
      EXPECT_EQ(folder.Count(), 3u) << size;
    }
  }
}

// A server's start script must still start.
TEST(Adapt, WhatItsOwnerMayRunStaysSo) {
  namespace fs = std::filesystem;
  TemporaryFolder folder;
  Files package = SmallPackage();
  package["code/start.sh"] = "#!/bin/sh\n";
  WriteFolder(folder / "p", package);
  fs::permissions(folder / "p/code/start.sh", fs::perms::owner_exec, fs::perm_options::add);
  const std::string steps[] = {"p", "out.tar.gz", "out.tar", "end"};
  for (size_t i = 0; i + 1 < std::size(steps); ++i) {
    auto report = AdaptTo(folder / steps[i], folder / steps[i + 1]);
    ASSERT_TRUE(report) << report.error().Message();
  }
  const auto is_executable = [&](const char* path) {
    return (fs::status(folder / path).permissions() & fs::perms::owner_exec) != fs::perms::none;
  };
  EXPECT_TRUE(is_executable("end/code/start.sh"));
  EXPECT_FALSE(is_executable("end/config.json"));
}

// Wherever a bit falls over: an error and nothing, or the very same package.
TEST(Adapt, ABitThatFallsOverInAPackedArchiveIsNeverPackedOn) {
  TemporaryFolder folder;
  WriteFolder(folder / "p", SmallPackage());
  RealTar(folder / "whole.tar.gz", folder / "p", Names(SmallPackage()));
  ASSERT_TRUE(AdaptTo(folder / "whole.tar.gz", folder / "wanted"));
  const std::string whole = ReadFile(folder / "whole.tar.gz");
  for (size_t at = 0; at < whole.size(); at += 13) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ (1 << at % 8));
    WriteFile(folder / "broken.tar.gz", broken);
    auto report = AdaptTo(folder / "broken.tar.gz", folder / "out");
    if (report) {
      EXPECT_EQ(ReadFolder(folder / "out"), ReadFolder(folder / "wanted")) << at;
      std::filesystem::remove_all(folder / "out");
    }
    EXPECT_EQ(folder.Count(), 4u) << at;
  }
}

TEST(Adapt, TheOutputDoesNotDependOnTheNumberOfThreads) {
  TemporaryFolder folder;
  Files package = SmallPackage();
  package["vocab.txt"] = Floats(1'000'000, 7);
  package["model.safetensors"] =
      SafetensorsFile({{"a", "F32", "[600000]", Floats(600'000, 1)}, {"b", "F32", "[1]", "abcd"}});
  WriteFolder(folder / "p", package);
  std::string first;
  for (const unsigned threads : {1u, 2u, 7u, 4'000'000'000u}) {
    const std::string output = folder / fmt::format("out{}.tar.gz", threads);
    AdaptOptions options;
    options.threads = threads;
    auto report = AdaptTo(folder / "p", output, kOld, options);
    ASSERT_TRUE(report) << report.error().Message();
    if (first.empty()) first = ReadFile(output);
    EXPECT_TRUE(ReadFile(output) == first) << threads;
  }
}

TEST(Adapt, AFileSizeLimitIsAnErrorAndLeavesNothing) {
  TemporaryFolder folder;
  std::string noise(3'000'000, '\0');
  std::mt19937 random(5);
  for (char& c : noise) c = static_cast<char>(random());
  WriteFolder(folder / "p",
              {{"model.safetensors", SafetensorsFile({{"w", "U8", "[3000000]", noise}})}});
  RealTar(folder / "p.tar.gz", folder / "p", {"model.safetensors"});
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{1'000'000, old.rlim_max};
  for (const char* input : {"p", "p.tar.gz"}) {
    for (const char* output : {"out", "out.tar", "out.tar.gz"}) {
      ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
      auto report = AdaptTo(folder / input, folder / output);
      ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
      ASSERT_FALSE(report) << input << " " << output;
      EXPECT_EQ(report.error().what(), "cannot write: File too large (EFBIG)")
          << input << " " << output;
      EXPECT_EQ(folder.Count(), 2u) << input << " " << output;
    }
  }
}

TEST(Adapt, AMissingDestinationFolderIsNamed) {
  TemporaryFolder folder;
  WriteFolder(folder / "p", SmallPackage());
  for (const char* output : {"no/out", "no/out.tar.gz"}) {
    auto report = AdaptTo(folder / "p", folder / output);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), Code::kNotFound);
    EXPECT_EQ(report.error().where(), folder / "no");
  }
}

// Killed at any moment: the destination is absent or whole, the input as it was, and the next run
// clears what was left.
TEST(Adapt, KilledAtAnyMomentItLeavesTheDestinationAbsentOrWhole) {
  TemporaryFolder folder;
  Files package = SmallPackage();
  for (int i = 0; i < 40; ++i)
    package[fmt::format("data/part{}.json", i)] = std::string(20'000, 'x');
  WriteFolder(folder / "p", package);
  ASSERT_TRUE(AdaptTo(folder / "p", folder / "wanted"));
  const Files wanted = ReadFolder(folder / "wanted");
  std::mt19937 random(11);
  int absent = 0;
  for (int round = 0; round < 60; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const bool done = AdaptTo(folder / "p", folder / "out").has_value();
      ::_exit(done ? 0 : 1);
    }
    ::usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (std::filesystem::exists(folder / "out")) {
      EXPECT_EQ(ReadFolder(folder / "out"), wanted) << round;
      std::filesystem::remove_all(folder / "out");
    } else {
      ++absent;
    }
  }
  EXPECT_GT(absent, 0);
  ASSERT_TRUE(AdaptTo(folder / "p", folder / "out"));
  EXPECT_EQ(ReadFolder(folder / "p"), package);
  EXPECT_EQ(folder.Count(), 3u) << "a killed run's staging folder is still there";
}

}  // namespace
}  // namespace weighlock
