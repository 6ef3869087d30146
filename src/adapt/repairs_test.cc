// Repairs of small JSON files: by table, and held against check before and after.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapt/json_repairs.h"
#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/adapt.h"
#include "weighlock/check.h"

namespace weighlock {
namespace {

// "T3: reason" of each repair and the text, "; " between; empty: nothing is repaired.
std::string Repaired(const char* name, const std::string& text, const char* target) {
  const auto releases = Releases::Builtin();
  const auto peft = PeftReleases::Builtin();
  const auto runtime = ParseTarget(target);
  const auto repaired = RepairJson(name, text, {*runtime, *releases, *peft, true});
  if (!repaired) return "";
  std::string out;
  for (const JsonRepair& repair : repaired->repairs) {
    out += repair.adaptation + ": " + repair.reason + "; ";
  }
  const auto again = RepairJson(name, repaired->text, {*runtime, *releases, *peft, true});
  EXPECT_FALSE(again) << "is repaired twice: " << repaired->text;
  return out + repaired->text;
}

// What C1 writes, in front of what is there already; and what it says it cannot.
TEST(Repairs, RotaryKeys) {
  const struct {
    const char* config;
    const char* target;
    const char* written;
    const char* notes;
  } table[] = {
      {R"("model_type": "nemotron", "rope_parameters": {"partial_rotary_factor": 0.25})",
       "transformers==4.45.2", R"("partial_rotary_factor": 0.25,)", ""},
      {R"("model_type": "nemotron", "rope_parameters": {"partial_rotary_factor": 0.5})",
       "transformers==4.45.2", "", ""},
      {R"("model_type": "gpt_neox", "rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 1})",
       "transformers==4.30.2", R"("rotary_emb_base": 1e4,"rotary_pct": 1,)", ""},
      {R"("model_type": "llama", "rope_parameters": {"rope_type": "linear", "factor": 4})",
       "transformers>=4.37,<4.46", R"("rope_scaling": {"type": "linear", "factor": 4.0},)", ""},
      {R"("model_type": "llama", "rope_parameters": {"rope_type": "llama3", "factor": 8.0})",
       "transformers==4.37.2", "",
       "rope_scaling llama3 of rope_parameters has no place in transformers 4.37.2, which answers "
       "otherwise without it; 4.43.0 takes it"},
      {R"("model_type": "llama", "rope_parameters": {"rope_type": "llama3", "factor": 8.0})",
       "transformers>=4.42,<4.44", "",
       "rope_scaling llama3 of rope_parameters has no place in transformers 4.42.0 to 4.42.4, "
       "which "
       "answers otherwise without it, and refuses it, so that it is not written; 4.43.0 takes it"},
      {R"("model_type": "llama", "rope_parameters": {"rope_theta": 5e4})", "transformers==4.30.2",
       "",
       "rope_theta 5e4 of rope_parameters has no place in transformers 4.30.2, which answers "
       "otherwise without it; 4.33.0 takes it"},
      {R"("model_type": "modernbert", "rope_parameters": {"full_attention": {"rope_theta": 300.0},
          "sliding_attention": {"rope_theta": 50.0}})",
       "transformers==4.49.0", R"("global_rope_theta": 300.0,"local_rope_theta": 50.0,)", ""},
      {R"("model_type": "gemma3_text", "layer_types": ["sliding_attention", "full_attention"],
          "rope_parameters": {"full_attention": {"rope_theta": 1e6, "rope_type": "default"}})",
       "transformers==4.52.4", R"("rope_theta": 1e6,"sliding_window_pattern": 2,)", ""},
      {R"("model_type": "mistral", "rope_scaling": null, "rope_parameters": {"rope_type": "yarn"})",
       "transformers==4.44.2", "",
       "rope_scaling yarn of rope_parameters has no place in transformers 4.44.2, which answers "
       "otherwise without it; 4.48.0 takes it"},
      {R"("model_type": "llama", "x": [-Infinity, NaN], "rope_parameters": {"rope_theta": 5e4})",
       "transformers==4.57.6", R"("rope_theta": 5e4,)", ""},
      {R"("model_type": "llama", "x": Infinity, "rope_parameters": {"rope_theta": 5e4})",
       "transformers==5.0.0", "", ""},
  };
  const auto releases = Releases::Builtin();
  const auto peft = PeftReleases::Builtin();
  for (const auto& [config, target, written, notes] : table) {
    const std::string text = fmt::format("{{{}}}", config);
    const std::string repaired = Repaired("config.json", text, target);
    const std::string wanted = *written == '\0' ? "" : fmt::format("{{{}{}}}", written, config);
    EXPECT_EQ(repaired.substr(std::min(repaired.find('{'), repaired.size())), wanted) << target;
    const auto runtime = ParseTarget(target);
    const auto said = UnmendedBy("config.json", text, {*runtime, *releases, *peft});
    EXPECT_EQ(fmt::format("{}", fmt::join(said, "; ")), notes) << text;
  }
  const std::string parts =
      R"({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "rope_parameters": )"
      R"({"sliding_attention": {"rope_theta": 5.0}}}})";
  EXPECT_EQ(Repaired("config.json", parts, "transformers==4.57.6"),
            "C1: text_config's rope_local_base_freq 5.0, as in rope_parameters; "
            R"({"model_type": "gemma3", "text_config": {"rope_local_base_freq": 5.0,"model_type": )"
            R"("gemma3_text", "rope_parameters": {"sliding_attention": {"rope_theta": 5.0}}}})");
}

TEST(Repairs, Table) {
  struct Case {
    const char* name;
    const char* text;
    const char* target;
    const char* repaired;
  };
  const char* tc = "tokenizer_config.json";
  const char* rope =
      R"({"model_type": "llama", "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}})";
  const char* llama3 =
      R"({"rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", "factor": 8.0}})";
  const char* pairs = R"({"model": {"type": "BPE", "merges": [["a", "\u00e9"], ["b", "\""]]}})";
  const Case table[] = {
      {tc, R"({"tokenizer_class": "TokenizersBackend", "a" : 1})", "transformers==4.57.6",
       "T3: tokenizer_class PreTrainedTokenizerFast in place of TokenizersBackend; "
       R"({"tokenizer_class": "PreTrainedTokenizerFast", "a" : 1})"},
      {tc, R"({"tokenizer_class": "TokenizersBackend"})", "transformers>=4.40",
       "T3: tokenizer_class PreTrainedTokenizerFast in place of TokenizersBackend; "
       R"({"tokenizer_class": "PreTrainedTokenizerFast"})"},
      {tc, R"({"tokenizer_class": "TokenizersBackend"})", "transformers==5.0.0", ""},
      {tc, R"({"tokenizer_class": "TokenizersBackend"})", "torch==2.1.0", ""},
      {tc, R"({"tokenizer_class": "BertTokenizer"})", "transformers==4.57.6", ""},
      {tc, R"({"tokenizer_class": "X", "auto_map": {}})", "transformers==4.57.6", ""},
      {tc, R"({"extra_special_tokens": ["x"]})", "transformers==4.49.0",
       "T4: additional_special_tokens in place of extra_special_tokens; "
       R"({"additional_special_tokens": ["x"]})"},
      {tc, R"({"extra_special_tokens": [], "additional_special_tokens": ["y"]})",
       "transformers==4.49.0",
       "T4: additional_special_tokens in place of extra_special_tokens; "
       R"({"extra_special_tokens": {}, "additional_special_tokens": ["y"]})"},
      {tc, R"({"extra_special_tokens": ["x"], "additional_special_tokens": ["y"]})",
       "transformers==4.49.0", ""},
      {tc, R"({"extra_special_tokens": ["x"]})", "transformers==4.46.0",
       "T4: additional_special_tokens in place of extra_special_tokens; "
       R"({"additional_special_tokens": ["x"]})"},
      {tc, R"({"extra_special_tokens": []})", "transformers==4.46.0", ""},
      {tc, R"({"extra_special_tokens": ["x"]})", "transformers==5.0.0", ""},
      {tc, R"({"extra_special_tokens": {}})", "transformers==4.49.0", ""},
      {tc, R"({"extra_special_tokens": [)", "transformers==4.49.0", ""},
      {"tokenizer.json", pairs, "transformers==4.44.2",
       "T1: 2 merges as text; "
       R"({"model": {"type": "BPE", "merges": ["a \u00e9", "b \""]}})"},
      {"tokenizer.json", pairs, "transformers==4.45.0", ""},
      {"tokenizer.json", pairs, "transformers==4.45.0,tokenizers==0.19.1",
       "T1: 2 merges as text; "
       R"({"model": {"type": "BPE", "merges": ["a \u00e9", "b \""]}})"},
      {"tokenizer.json", pairs, "transformers==3.5.1", ""},
      {"tokenizer.json", R"({"model": {"merges": [["a b", "c"]]}})", "transformers==4.44.2", ""},
      {"tokenizer.json", R"({"model": {"merges": [["a\u0020b", "c"]]}})", "transformers==4.44.2",
       ""},
      {"tokenizer.json", R"({"model": {"merges": [["a"]]}})", "transformers==4.44.2", ""},
      {"tokenizer.json", R"({"model": {"merges": ["a b"]}})", "transformers==4.44.2", ""},
      {"tokenizer.json",
       R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Metaspace"}]},
           "decoder": {"type": "Metaspace", "prepend_scheme": "never"}})",
       "transformers==4.37.2",
       R"(T2: add_prefix_space in 2 Metaspace; {"pre_tokenizer": {"type": "Sequence", )"
       R"("pretokenizers": [{"add_prefix_space": true, "type": "Metaspace"}]},
           "decoder": {"add_prefix_space": false, "type": "Metaspace", "prepend_scheme": "never"}})"},
      {"tokenizer.json", R"({"decoder": {"type": "Metaspace", "prepend_scheme": "first"}})",
       "transformers==4.37.2", ""},
      {"tokenizer.json", R"({"decoder": {"type": "Metaspace"}})", "transformers==4.40.0", ""},
      {"config.json", rope, "transformers==4.57.6",
       "C1: rope_theta 5e5, as in rope_parameters; {\"rope_theta\": 5e5,\"model_type\": "
       R"("llama", "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}})"},
      {"config.json", rope, "transformers==5.0.0", ""},
      {"config.json", rope, "transformers==4.32.1", ""},  // it reads no rope_theta
      {"config.json", llama3, "transformers==4.43.0",
       "C1: rope_theta 5e5, as in rope_parameters; C1: rope_scaling llama3, as in "
       R"(rope_parameters; {"rope_theta": 5e5,"rope_scaling": {"rope_type": "llama3", )"
       R"("factor": 8.0},"rope_parameters": {"rope_theta": 5e5, "rope_type": "llama3", )"
       R"("factor": 8.0}})"},
      {"config.json", R"({"rope_parameters": {"rope_type": "linear", "a\"b\n": 1}})",
       "transformers==4.57.6",
       R"(C1: rope_scaling linear, as in rope_parameters; {"rope_scaling": {"rope_type": "linear", )"
       R"("a\"b\n": 1},"rope_parameters": {"rope_type": "linear", "a\"b\n": 1}})"},
      {"config.json", R"({"rope_scaling": {"type": "linear", "factor": 8}})",
       "transformers==4.42.4",
       R"(C3: rope_scaling's factor as 8.0; {"rope_scaling": {"type": "linear", "factor": 8.0}})"},
      {"config.json", R"({"rope_scaling": {"type": "linear", "factor": 1}})",
       "transformers==4.42.4", ""},
      {"config.json", R"({"architectures": ["BertForMaskedLM"]})", "transformers==4.42.4",
       "C4: model_type bert, which BertForMaskedLM is of; "
       R"({"model_type": "bert","architectures": ["BertForMaskedLM"]})"},
      {"config.json", R"({"architectures": ["Nobodys"]})", "transformers==4.42.4", ""},
      {"adapter_config.json",
       R"({"corda_config": null, "peft_type": "LORA", "r": 8, "use_qalora": false})",
       "peft==0.10.0",
       "A1: without 2 keys that PEFT has by default: corda_config, use_qalora; "
       R"({"peft_type": "LORA", "r": 8})"},
      {"adapter_config.json", R"({"peft_type": "LORA", "r": 8, "use_qalora": true})",
       "peft==0.10.0", ""},  // without it the adapter is another one
      {"adapter_config.json", R"({"peft_type": "LORA", "use_qalora": false})", "peft==0.18.1", ""},
      {"adapter_config.json", R"({"peft_type": "LORA", "use_qalora": false})", "peft>=0.10,<0.12",
       "A1: without 1 key that PEFT has by default: use_qalora; "
       R"({"peft_type": "LORA"})"},
      {"other.json", R"({"tokenizer_class": "TokenizersBackend"})", "transformers==4.57.6", ""},
  };
  for (const Case& c : table) {
    EXPECT_EQ(Repaired(c.name, c.text, c.target), c.repaired) << c.text << " in " << c.target;
  }
}

bool Holds(const std::string& path, const char* target, std::string_view rule) {
  const auto report = Check(path, *ParseTarget(target), CheckOptions());
  EXPECT_TRUE(report) << report.error().Message();
  for (const CheckFinding& finding : report->findings) {
    if (finding.rule == rule) return true;
  }
  return false;
}

// A new file where there is nothing to be replaced.
void Edit(const std::string& path, const std::string& from, const std::string& to) {
  if (from.empty()) return WriteFile(path, to);
  std::string text = ReadFile(path);
  if (path.ends_with(".safetensors")) return WriteFile(path, WithHeaderWords(text, from, to));
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  WriteFile(path, text);
}

// What check found is gone after adapt, from a folder and from an archive.
TEST(Repairs, LeaveCheckNothingToFind) {
  struct Case {
    const char* package;
    const char* file;
    const char* from;  // an edit that brings the fault in; empty: it is there
    const char* to;
    const char* target;
    const char* rule;
  };
  const Case table[] = {
      {"gpt2-5.23.0", "", "", "", "transformers==4.37.2,tokenizers==0.15.1", "WL-T-003"},
      {"bert-5.23.0", "tokenizer_config.json", "BertTokenizer", "TokenizersBackend",
       "transformers==4.37.2", "WL-T-001"},
      {"bert-5.23.0", "tokenizer_config.json", "{", R"({"extra_special_tokens": ["[MASK]"],)",
       "transformers==4.49.0", "WL-T-002"},
      {"bert-4.37.2", "config.json", "\"model_type\": \"bert\",", "", "transformers==5.3.0",
       "WL-C-003"},
      {"llama-4.37.2", "config.json", "\"rope_scaling\": null",
       R"("rope_scaling": {"type": "linear", "factor": 2})", "transformers==4.37.2", "WL-C-012"},
      {"llama-4.37.2", "config.json", "\"rope_theta\": 10000.0,",
       R"("rope_parameters": {"rope_theta": 5e5, "rope_type": "default"},)", "transformers==4.37.2",
       "WL-C-020"},
      {"lora-peft-0.18.1", "", "", "", "transformers==4.37.2,peft==0.10.0", "WL-A-006"},
      {"bert-4.37.2", "chat_template.jinja", "", "{% for m in messages %}\n\"{{ m }}\"",
       "transformers==4.37.2", "WL-T-080"},
      {"gpt2-5.23.0", "model.safetensors", R"("format":"pt")", R"("format":"np")",
       "transformers==4.37.2", "WL-W-004"},
      {"gpt2-5.23.0", "model.safetensors", R"("format":"pt")", R"("format":"mlx")",
       "transformers==4.37.2", "WL-W-004"},
      {"gpt2-5.23.0", "model.safetensors", "\"transformer.", "\"module.transformer.",
       "transformers==4.37.2", "WL-W-031"},
      {"gpt2-5.23.0", "model.safetensors", "\"transformer.", "\"_orig_mod.transformer.",
       "transformers==4.11.3,torch==1.9.0,safetensors=absent", "WL-W-001"},
  };
  for (const Case& c : table) {
    SCOPED_TRACE(fmt::format("{} of {} in {}", c.rule, c.package, c.target));
    const TemporaryFolder folder;
    const std::string in = folder / "in", archive = folder / "in.tar.gz";
    std::filesystem::copy(std::string(WL_TEST_DATA "/packages/") + c.package, in);
    if (*c.file != 0) Edit(in + "/" + c.file, c.from, c.to);
    ASSERT_EQ(std::system(fmt::format("tar czf {} -C {} .", archive, in).c_str()), 0);
    EXPECT_TRUE(Holds(in, c.target, c.rule));
    for (const std::string& input : {in, archive}) {
      for (const char* form : {"", ".tar.gz"}) {
        const std::string output = fmt::format("{}-out{}", input, form);
        const auto report = Adapt(input, output, *ParseTarget(c.target), AdaptOptions());
        ASSERT_TRUE(report) << report.error().Message();
        EXPECT_FALSE(Holds(output, c.target, c.rule)) << output;
        const auto plan = PlanAdapt(input, *ParseTarget(c.target), AdaptOptions());
        ASSERT_TRUE(plan);
        EXPECT_EQ(plan->steps, report->plan.steps);
        const bool is_harmless = std::string_view(c.rule) == "WL-T-080";
        EXPECT_EQ(plan->diagnosis.verdict == Verdict::kOk, is_harmless);
      }
    }
  }
}

// Releases from 4.40 on take a list of them in tokenizer_config.json; those from 4.47 to 4.51 take
// chat_template.jinja in its place where that is there.
TEST(Repairs, NamedTemplatesAreListed) {
  const TemporaryFolder folder;
  const std::string in = folder / "in", archive = folder / "in.tar.gz";
  std::filesystem::copy(WL_TEST_DATA "/packages/bert-4.37.2", in);
  std::filesystem::create_directory(in + "/additional_chat_templates");
  std::ofstream(in + "/additional_chat_templates/rag.jinja") << "{{ \"r\" }}";
  std::ofstream(in + "/additional_chat_templates/tool_use.jinja") << "{{ m }}";
  std::ofstream(in + "/chat_template.jinja") << "{{ d }}";
  ASSERT_EQ(std::system(fmt::format("tar czf {} -C {} .", archive, in).c_str()), 0);
  const std::string list =
      R"("chat_template": [{"name": "default", "template": "{{ d }}"}, )"
      R"({"name": "rag", "template": "{{ \"r\" }}"}, {"name": "tool_use", "template": "{{ m }}"}])";
  for (const auto& [target, listed, has_file] :
       {std::tuple("transformers==4.45.2", true, true),
        std::tuple("transformers==4.49.0", true, false),
        std::tuple("transformers>=4.40,<4.50", true, false),
        std::tuple("transformers>=4.40,<4.53", false, true),
        std::tuple("transformers==4.37.2", false, true),
        std::tuple("transformers==4.56.2", false, true)}) {
    for (const std::string& input : {in, archive}) {
      const std::string out = fmt::format("{}-{}", input, target);
      const auto report = Adapt(input, out, *ParseTarget(target), AdaptOptions());
      ASSERT_TRUE(report) << report.error().Message();
      const std::string config = ReadFile(out + "/tokenizer_config.json");
      EXPECT_EQ(config.find(list) != std::string::npos, listed) << target << config;
      EXPECT_EQ(std::filesystem::exists(out + "/chat_template.jinja"), has_file) << target;
      const auto plan = PlanAdapt(input, *ParseTarget(target), AdaptOptions());
      ASSERT_TRUE(plan);
      EXPECT_EQ(plan->steps, report->plan.steps) << target;
    }
  }
}

TEST(Repairs, OfNamedTemplatesTheDefaultIsLeft) {
  const char* name = "tokenizer_config.json";
  const std::string named =
      R"({"chat_template": [{"name": "a", "template": "A"}, {"name": "default", "template": "D"}]})";
  EXPECT_EQ(Repaired(name, named, "transformers==4.37.2"),
            R"(T5: chat_template, the default one of 2; {"chat_template": "D"})");
  EXPECT_EQ(Repaired(name, named, "transformers==4.40.2"), "");
  EXPECT_EQ(Repaired(name, named, "transformers>=4.37,<4.41"), "");
  EXPECT_EQ(Repaired(name, R"({"chat_template": [{"name": "a", "template": "A"}]})",
                     "transformers==4.37.2"),
            "");
}

// Nothing before 4.52 looks into that folder, and adapting says so, whatever the package comes as.
TEST(Repairs, NamedTemplatesHaveANote) {
  const TemporaryFolder folder;
  const std::string in = folder / "in", archive = folder / "in.tar.gz";
  std::filesystem::copy(WL_TEST_DATA "/packages/bert-4.37.2", in);
  std::filesystem::create_directory(in + "/additional_chat_templates");
  std::ofstream(in + "/additional_chat_templates/tool_use.jinja") << "{{ m }}";
  ASSERT_EQ(std::system(fmt::format("tar czf {} -C {} .", archive, in).c_str()), 0);
  const std::string note =
      "additional_chat_templates/tool_use.jinja: transformers before 4.52 does not look for named "
      "templates there; from 4.40 on it takes a list of them as chat_template of "
      "tokenizer_config.json";
  for (const auto& [target, count] :
       {std::pair("transformers==4.49.0", 0), std::pair("transformers==4.52.4", 0),
        std::pair("transformers==4.37.2", 1), std::pair("transformers>=4.49,<4.53", 1),
        std::pair("transformers==4.30.2", 0)}) {
    for (const std::string& input : {in, archive}) {
      const auto report =
          Adapt(input, fmt::format("{}-{}", input, target), *ParseTarget(target), AdaptOptions());
      ASSERT_TRUE(report) << report.error().Message();
      const auto& notes = report->plan.notes;
      EXPECT_EQ(std::count(notes.begin(), notes.end(), note), count) << input << " for " << target;
    }
    const auto plan = PlanAdapt(in, *ParseTarget(target), AdaptOptions());
    ASSERT_TRUE(plan);
    EXPECT_EQ(std::count(plan->notes.begin(), plan->notes.end(), note), count) << target;
  }
}

}  // namespace
}  // namespace weighlock
