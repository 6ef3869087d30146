// What a server makes of what transformers' own loader would refuse or pass over. The same package
// is held against the library itself (platform=plain) and against each server.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/check_files.h"
#include "support/safetensors_file.h"
#include "support/tried_rules.h"

namespace weighlock {
namespace {

constexpr const char* kPt = R"({"format": "pt"})";

// A model of no layers, whole but for what is named.
CheckedFiles Bert(const std::string& without = "none", const std::string& prefix = "",
                  const std::string& metadata = kPt) {
  std::vector<TestTensor> tensors;
  const std::pair<const char*, std::vector<int>> all[] = {
      {"embeddings.word_embeddings.weight", {4, 4}},
      {"embeddings.position_embeddings.weight", {6, 4}},
      {"embeddings.token_type_embeddings.weight", {2, 4}},
      {"embeddings.LayerNorm.weight", {4}},
      {"embeddings.LayerNorm.bias", {4}},
      {"pooler.dense.weight", {4, 4}},
      {"pooler.dense.bias", {4}}};
  for (const auto& [name, shape] : all) {
    if (std::string(name).find(without) != std::string::npos) continue;
    size_t count = 1;
    std::string text;
    for (const int size : shape) {
      text += (text.empty() ? "" : ",") + std::to_string(size);
      count *= static_cast<size_t>(size);
    }
    tensors.push_back({prefix + name, "F32", "[" + text + "]", Floats(count, 1)});
  }
  return {{"config.json", R"({"model_type": "bert", "architectures": ["BertModel"],
      "vocab_size": 4, "hidden_size": 4, "num_hidden_layers": 0, "num_attention_heads": 2,
      "intermediate_size": 8, "max_position_embeddings": 6, "type_vocab_size": 2})"},
          {"tokenizer.json", "{}"},
          {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"},
          {"model.safetensors", SafetensorsFile(tensors, metadata)}};
}

CheckedFiles Configured(const std::string& from, const std::string& to) {
  CheckedFiles files = Bert();
  std::string& config = files["config.json"];
  const size_t at = config.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  config.replace(at, from.size(), to);
  return files;
}

// Two shards, and no index.
CheckedFiles Unlisted() {
  CheckedFiles files = Bert();
  files["model-00001-of-00002.safetensors"] = files["model.safetensors"];
  files["model-00002-of-00002.safetensors"] =
      SafetensorsFile({{"other", "F32", "[1]", Floats(1, 1)}}, kPt);
  return Without(files, "model.safetensors");
}

std::string VerdictOf(const CheckedFiles& files, const std::string& rule, const std::string& target,
                      bool& has_message) {
  const CheckReport report = CheckFiles(files, target);
  const CheckFinding* finding = FindRule(report, rule);
  has_message = finding != nullptr && !finding->message.empty();
  return finding == nullptr ? "" : std::string(VerdictName(finding->verdict));
}

TEST(ServerStages, AreToldByServer) {
  const struct {
    const char* rule;
    CheckedFiles files;
    const char* plain;
    const char* tgi;
    const char* vllm;
    const char* tei;
    const char* library = "transformers==4.37.2";
  } cases[] = {
      // Which file transformers takes says nothing of what a server takes.
      {"WL-W-010", Unlisted(), "FAIL", "", "", ""},
      {"WL-W-001", Bert(), "FAIL", "", "", "", "transformers==4.20.1,safetensors=absent"},
      {"WL-W-004", Bert("none", "", "{}"), "FAIL", "", "", ""},
      // All of them want every weight; the library leaves it at random.
      {"WL-W-040", Bert("position"), "DIFFERS", "FAIL", "FAIL", "FAIL"},
      {"WL-W-040", Bert("pooler"), "DIFFERS", "RISK", "RISK", "RISK"},
      {"WL-W-040", Bert(), "", "", "", ""},
      {"WL-W-031", Bert("none", "module."), "DIFFERS", "FAIL", "FAIL", "FAIL"},
      // TGI takes shapes from the file.
      {"WL-W-030", Configured(R"("vocab_size": 4)", R"("vocab_size": 5)"), "FAIL", "RISK", "FAIL",
       "FAIL"},
      {"WL-W-020", With(Bert(), "model.safetensors", "no weights"), "FAIL", "FAIL", "FAIL", "FAIL"},
      // What only transformers' class is known to say.
      {"WL-C-030", Configured(R"("vocab_size": 4)", R"("vocab_size": 4, "hidden_act": "none")"),
       "FAIL", "RISK", "RISK", "RISK"},
      {"WL-C-001", Configured(R"("bert")", R"("no_such")"), "FAIL", "FAIL", "FAIL", "RISK"},
      {"WL-C-002", With(Bert(), "config.json", "{"), "FAIL", "FAIL", "FAIL", "FAIL"},
      {"WL-T-009", With(Bert(), "tokenizer_config.json", "{"), "FAIL", "FAIL", "FAIL", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.rule);
    const std::string target = std::string(c.library) + ",platform=";
    bool has_message = false;
    EXPECT_EQ(VerdictOf(c.files, c.rule, target + "plain", has_message), c.plain);
    const bool is_weights = std::string_view(c.rule).find("-W-") != std::string_view::npos;
    for (const auto& [name, verdict] :
         {std::pair("tgi", c.tgi), std::pair("vllm", c.vllm), std::pair("tei", c.tei)}) {
      SCOPED_TRACE(name);
      const std::string told = VerdictOf(c.files, c.rule, target + name, has_message);
      EXPECT_EQ(told, verdict);
      // No words of transformers' loader, where it is not what loads.
      if (is_weights || std::string_view(name) == "tei") {
        EXPECT_FALSE(has_message);
      }
      NoteTried(c.rule, !told.empty());
    }
  }
}

TEST(ServerStages, ShardsThatNoIndexListsAreJudgedWhereTheyAreRead) {
  for (const char* platform : {"tgi", "vllm"}) {
    const std::string target = std::string("transformers==4.37.2,platform=") + platform;
    const CheckReport whole = CheckFiles(Unlisted(), target);
    EXPECT_EQ(FindRule(whole, "WL-P-031")->verdict, Verdict::kRisk);
    EXPECT_EQ(FindRule(whole, "WL-W-040"), nullptr);
    CheckedFiles lacking = Unlisted();
    lacking["model-00001-of-00002.safetensors"] = Bert("position")["model.safetensors"];
    EXPECT_EQ(FindRule(CheckFiles(lacking, target), "WL-W-040")->verdict, Verdict::kFail);
  }
  const CheckReport tei = CheckFiles(Unlisted(), "transformers==4.37.2,platform=tei");
  EXPECT_EQ(FindRule(tei, "WL-P-061")->verdict, Verdict::kFail);
}

TEST(ServerStages, TeiWantsTokenizerJson) {
  const CheckReport without =
      CheckFiles(Without(Bert(), "tokenizer.json"), "tei=present,platform=tei");
  const CheckFinding* finding = FindRule(without, "WL-P-063");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->message,
            "tokenizer.json not found. text-embeddings-inference only supports fast tokenizers");
  ExpectExplained("WL-P-063", finding->message);
  NoteTried("WL-P-063", true);
  EXPECT_EQ(FindRule(CheckFiles(Bert(), "platform=tei"), "WL-P-063"), nullptr);
  EXPECT_EQ(FindRule(CheckFiles(Without(Bert(), "tokenizer.json"), "platform=vllm"), "WL-P-063"),
            nullptr);
  NoteTried("WL-P-063", false);
}

// Of its list of model types a few were in every release.
TEST(ServerStages, TeiKnowsSomeModelTypes) {
  const auto judged = [](const char* type) {
    CheckedFiles files = Bert();
    files["config.json"] = fmt::format(R"({{"model_type": "{}"}})", type);
    const CheckReport report = CheckFiles(files, "tei=present,transformers=absent,platform=tei");
    const CheckFinding* finding = FindRule(report, "WL-C-009");
    return finding == nullptr ? std::string() : finding->text;
  };
  EXPECT_EQ(judged("bert"), "");
  EXPECT_EQ(judged("xlm-roberta"), "");
  EXPECT_EQ(judged("modernbert"),
            "TEI knows the model type \"modernbert\" in its later releases only, or where it is "
            "built for CUDA, and the target does not say which it is");
  EXPECT_EQ(judged("gpt2"),
            "no release of TEI that was read knows the model type \"gpt2\"; its other backends "
            "may");
}

}  // namespace
}  // namespace weighlock
