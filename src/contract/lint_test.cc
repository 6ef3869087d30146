// Contracts that contradict themselves, word for word.
#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

// The rules begin in line 4.
std::string Problems(const std::string& rules, const Date& today = {2026, 1, 1}) {
  const TemporaryFolder folder;
  WriteFile(folder / "handover.toml", "contract = 1\nid = \"a/b\"\nversion = \"2\"\n" + rules);
  const auto given = ReadTarget(folder / "handover.toml");
  if (!given) return given.error().Message();
  std::string text;
  const auto problems = LintTarget(*given, today);
  for (const TargetProblem& problem : *problems) {
    text += (text.empty() ? "" : "; ") + std::string(problem.error ? "error " : "warning ") +
            problem.text;
  }
  return text;
}

struct Case {
  const char* rules;
  const char* problems;
};

void Hold(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(Problems(c.rules), c.problems) << c.rules;
}

TEST(LintContract, FilesThatMustAndMustNotBe) {
  Hold({
      {"[require]\nfiles = [\"config.json\", \"model.bin\"]\n[forbid]\nfiles = [\"*.bin\"]\n",
       "error require.files (line 5) wants model.bin, which forbid.files (line 7) forbids as "
       "\"*.bin\""},
      {"[require]\nfiles = [\n  \"config.json\",\n  \"optimizer.pt\",\n]\n[forbid]\nclasses = [\n  "
       "\"link\",\n  \"training-state\",\n]\n",
       "error require.files (line 7) wants optimizer.pt, which forbid.classes (line 12) forbids as "
       "training-state"},
      {"[require]\nfiles = [\"pytorch_model.bin\"]\n[forbid]\nclasses = [\"pickle\"]\n",
       "error require.files (line 5) wants pytorch_model.bin, which forbid.classes (line 7) "
       "forbids "
       "as pickle"},
      {"[require]\nfiles = [\"code/inference.py\"]\n[forbid]\nclasses = [\"python-code\"]\n",
       "error require.files (line 5) wants code/inference.py, which forbid.classes (line 7) "
       "forbids "
       "as python-code"},
      {"[require]\nfiles = [\"modeling_x.py\"]\n[forbid]\nremote_code = true\n",
       "error require.files (line 5) wants modeling_x.py, which forbid.remote_code (line 7) "
       "forbids "
       "as code of the package's own"},
      // One of several is enough; where none can be, each is told.
      {"[require]\nfiles = [\"a.bin | a.json\"]\n[forbid]\nfiles = [\"*.bin\"]\n", ""},
      {"[require]\nfiles = [\"a.bin | b.bin\"]\n[forbid]\nfiles = [\"*.bin\"]\n",
       "error require.files (line 5) wants a.bin, which forbid.files (line 7) forbids as "
       "\"*.bin\"; "
       "or b.bin, which forbid.files (line 7) forbids as \"*.bin\""},
      {"[require]\nfiles = [\"a.bin?\"]\n[forbid]\nfiles = [\"*.bin\"]\n",
       "warning require.files (line 5) lets in a.bin, which forbid.files (line 7) forbids as "
       "\"*.bin\""},
      {"[require]\ncard = true\n[forbid]\nfiles = [\"*.md\"]\n",
       "error require.card (line 5) wants README.md, which forbid.files (line 7) forbids as "
       "\"*.md\""},
      {"[accept]\nlicenses = [\"mit\"]\n[forbid]\nfiles = [\"README*\"]\n",
       "error accept.licenses (line 5) wants README.md, which forbid.files (line 7) forbids as "
       "\"README*\""},
      {"[integrity]\nmanifest = \"required\"\n[forbid]\nfiles = [\"SHA*\"]\n",
       "error integrity.manifest (line 5) wants SHA256SUMS, which forbid.files (line 7) forbids as "
       "\"SHA*\""},
  });
}

TEST(LintContract, FormatsThatDoNotGoTogether) {
  Hold({
      {"[accept]\nformats = []\n",
       "error accept.formats (line 5) is empty, which asks for nothing: name what is taken, or "
       "leave the key out"},
      {"[accept]\nformats = [\"torch-zip\"]\n[require]\nfiles = [\"model.safetensors\"]\n",
       "error require.files (line 7) wants model.safetensors, which accept.formats (line 5) does "
       "not take: torch-zip"},
      {"[accept]\nweights = [\"pytorch_model*.bin\"]\n[require]\nfiles = [\"model.safetensors\"]\n",
       "error require.files (line 7) wants model.safetensors, which accept.weights (line 5) does "
       "not take: pytorch_model*.bin"},
      {"[accept]\nformats = [\"safetensors\"]\nweights = [\"pytorch_model.bin\"]\n",
       "error accept.weights (line 6) takes no file of the formats that accept.formats (line 5) "
       "leaves: safetensors"},
      {"[accept]\nformats = [\"torch-zip\"]\n[forbid]\nclasses = [\"pickle\"]\n",
       "error accept.formats (line 5) takes torch-zip, which forbid.classes (line 7) forbids as "
       "pickle: no weights are left"},
      {"[accept]\nformats = [\"safetensors\", \"torch-zip\"]\n[forbid]\nclasses = [\"pickle\"]\n",
       "warning accept.formats (line 5) takes torch-zip, which forbid.classes (line 7) forbids as "
       "pickle"},
      {"[accept]\nformats = [\"safetensors\"]\nweights = [\"*.safetensors\", \"*.index.json\"]\n"
       "[require]\nfiles = [\"model.safetensors\"]\n",
       ""},
  });
}

TEST(LintContract, WhatTheRuntimeDoesNotRead) {
  const std::string old =
      "[runtime]\ntransformers = \"4.11.3\"\ntorch = \"1.9.0\"\n[accept]\nformats = "
      "[\"safetensors\"]\n";
  EXPECT_EQ(Problems(old),
            "warning of the weights that accept.formats (line 8) leaves (safetensors) the runtime "
            "reads none: transformers 4.11.3 (line 5), torch 1.9.0 (line 6); each package must be "
            "adapted first (W1)");
  EXPECT_EQ(Problems(old + "[policy]\nnever_adapt = [\"W*\"]\n"),
            "error of the weights that accept.formats (line 8) leaves (safetensors) the runtime "
            "reads none: transformers 4.11.3 (line 5), torch 1.9.0 (line 6); W1 would help, which "
            "policy.never_adapt (line 10) forbids");
  EXPECT_EQ(Problems(old + "[policy]\nadapt = [\"T*\"]\n"),
            "error of the weights that accept.formats (line 8) leaves (safetensors) the runtime "
            "reads none: transformers 4.11.3 (line 5), torch 1.9.0 (line 6); W1 would help, which "
            "policy.adapt (line 10) does not allow");
  Hold({
      {"[runtime]\ntransformers = \"4.37.2\"\n[accept]\nformats = [\"safetensors\"]\n", ""},
      {"extends = \"sagemaker-hf/4.17.0\"\n[forbid]\nclasses = [\"pickle\"]\n[accept]\nformats = "
       "[\"safetensors\"]\n[policy]\nnever_adapt = \"W1\"\n",
       "error of the weights that accept.formats (line 8) leaves (safetensors) the runtime reads "
       "none: transformers 4.17.0 (line 4), torch 1.10.2 (line 4); W1 would help, which "
       "policy.never_adapt (line 10) forbids"},
      {"[runtime]\ntorch = \"1.13.1\"\n[accept]\ndtypes = [\"F8_E4M3\", \"F8_E5M2\"]\n",
       "error accept.dtypes (line 7) takes F8_E4M3, F8_E5M2 alone, which torch has from 2.1.0 on: "
       "torch 1.13.1 (line 5)"},
      {"[runtime]\ntransformers = \"4.37.2\"\n[accept]\nmodel_types = [\"qwen3\"]\n",
       "error accept.model_types (line 7) takes qwen3, which transformers 4.37.2 (line 5) does not "
       "know"},
      {"[runtime]\ntransformers = \"4.37.2\"\n[accept]\nmodel_types = [\"qwen3\", \"llama\"]\n",
       "warning accept.model_types (line 7) takes qwen3, which transformers 4.37.2 (line 5) does "
       "not know"},
      {"[runtime]\ntransformers = \"4.37.2\"\n[accept]\narchitectures = [\"Qwen3ForCausalLM\"]\n",
       "error accept.architectures (line 7) takes Qwen3ForCausalLM, which transformers 4.37.2 "
       "(line "
       "5) does not know"},
      {"[accept]\narchitectures = [\"BertForMaskedLM\"]\nmodel_types = [\"llama\"]\n",
       "error none of accept.architectures (line 5) is a class of accept.model_types (line 6): "
       "BertForMaskedLM, and llama"},
      {"[accept]\narchitectures = [\"BertForMaskedLM\"]\n[task]\nname = \"text-generation\"\n",
       "error task.name (line 7) is text-generation, and none of accept.architectures (line 5) is "
       "for it: BertForMaskedLM"},
  });
}

TEST(LintContract, LimitsThatNothingCanKeep) {
  Hold({
      {"[limits]\nfiles = 0\ntotal = 0\n",
       "error limits.total (line 6) is 0: no package has so few bytes in all; error limits.files "
       "(line 5) is 0: no package has so few files"},
      {"[runtime]\naccelerator = {memory = 0}\n",
       "error runtime.accelerator.memory (line 5) is 0: no package has so few bytes of weights"},
      {"[limits]\ntotal = \"1 GB\"\nfile = \"2 GB\"\n",
       "error limits.file (line 6) is 2000000000, and limits.total (line 5) is 1000000000: a file "
       "cannot be larger than all of them"},
      {"[limits]\nfile = \"1 MB\"\nheader = \"2 MB\"\n",
       "error limits.header (line 6) is 2000000, and limits.file (line 5) is 1000000: a header "
       "cannot be larger than its file"},
      {"[limits]\nfiles = 1\n[require]\nfiles = [\"config.json\", \"vocab.txt\", "
       "\"one-of:weights\"]\n",
       "error require.files (line 7) wants 2 files, and limits.files (line 5) takes 1"},
      {"[limits]\npath = 8\n[require]\nfiles = [\"config.json\"]\n",
       "error require.files (line 7) wants config.json, which is longer than limits.path (line 5) "
       "takes: 8"},
      {"[limits]\ndepth = 0\n[require]\nfiles = [\"code/x.json\"]\n",
       "error require.files (line 7) wants code/x.json, which lies deeper than limits.depth (line "
       "5) takes: 0"},
      {"[limits]\ndepth = 0\n[layout]\nroot = \"one-folder\"\n",
       "error layout.root (line 7) is one-folder, and limits.depth (line 5) is 0: all files lie "
       "below that folder"},
      {"[layout]\nnames = \"portable\"\n[require]\nfiles = [\"a;b.json\"]\n",
       "error require.files (line 7) wants a;b.json, which layout.names (line 5) does not take: it "
       "is not portable"},
      {"[limits]\ndepth = 0\ntotal = \"2 GB\"\nfile = \"2 GB\"\n", ""},
  });
}

TEST(LintContract, PoliciesThatUndoEachOther) {
  Hold({
      {"[policy]\nadapt = [\"W1\", \"C*\"]\nnever_adapt = [\"W*\"]\n",
       "error policy.adapt (line 5) allows W1, which policy.never_adapt (line 6) forbids as one of "
       "W*"},
      {"[policy]\nadapt = [\"W1\"]\nnever_adapt = [\"W1\"]\n",
       "error policy.adapt (line 5) allows W1, which policy.never_adapt (line 6) forbids"},
      {"[policy]\nadapt = [\"W*\"]\nnever_adapt = [\"W6\"]\n", ""},
      {"[runtime]\ntrust_remote_code = true\n[forbid]\nremote_code = true\n",
       "error runtime.trust_remote_code (line 5) is true, and forbid.remote_code (line 7) refuses "
       "every package with code of its own"},
      {"[target]\nkind = \"sagemaker-hf\"\nform = [\"zip\"]\n[layout]\nroot = \"one-folder\"\n",
       "error target.kind (line 5) is sagemaker-hf, which takes a tar.gz, and target.form (line 6) "
       "does not; error target.kind (line 5) is sagemaker-hf, which looks at the top, and "
       "layout.root (line 8) is one-folder"},
      {"[runtime]\ndevice = \"cpu\"\naccelerator = {kind = \"cuda\"}\n",
       "error runtime.device (line 5) is cpu, and runtime.accelerator.kind (line 6) is cuda"},
      {"[integrity]\nsignature = \"required\"\n[gate]\nfail_on = \"risk\"\n",
       "error integrity.signature (line 5) is required, which is a RISK as long as nothing "
       "verifies "
       "it, and gate.fail_on (line 7) refuses that: no package passes"},
      {"[[waiver]]\nrule = \"WL-H-013\"\nreason = \"x\"\nuntil = 2999-01-01\n",
       "warning the waiver of WL-H-013 in line 4 accepts nothing: there is no forbid.classes and "
       "no "
       "package.symlinks"},
      {"[forbid]\nclasses = [\"link\"]\n[[waiver]]\nrule = \"WL-H-013\"\nreason = \"x\"\nuntil = "
       "2999-01-01\n[[waiver]]\nrule = \"WL-H-013\"\nreason = \"y\"\nuntil = 2998-01-01\n",
       "warning the waivers of WL-H-013 in lines 6 and 10 are of the same files"},
      {"[[waiver]]\nrule = \"WL-W-001\"\nreason = \"x\"\nuntil = 2025-12-31\n",
       "error the waiver of WL-W-001 in line 4 ended on 2025-12-31"},
  });
}

TEST(LintContract, WhatLoadsAndWhereItRuns) {
  Hold({
      {"[target]\nkind = \"tgi\"\n[runtime]\nloader = \"vllm\"\n",
       "error runtime.loader (line 7) is vllm, and target.kind (line 5) is tgi"},
      {"[target]\nkind = \"kserve\"\n[runtime]\nloader = \"vllm\"\n", ""},
      {"[runtime]\nloader = \"peft\"\n[runtime.packages]\npeft = \"absent\"\n",
       "error runtime.loader (line 5) is peft, and the runtime has none: peft absent (line 7)"},
      {"[runtime]\nloader = \"torch-state-dict-strict\"\n[accept]\nformats = \"safetensors\"\n",
       "error runtime.loader (line 5) is torch-state-dict-strict, which reads what torch.save "
       "wrote, and accept.formats (line 7) takes none of that"},
      {"[runtime]\nloader = \"pipeline\"\noffline = true\n",
       "warning runtime.loader (line 5) is pipeline, which asks the hub for the task where "
       "task.name says none, and runtime.offline (line 6) is true"},
      {"[runtime]\ndevice = \"cpu\"\naccelerator = {memory = \"1 GiB\"}\n",
       "error runtime.device (line 5) is cpu, and runtime.accelerator.memory (line 6) is that of "
       "an "
       "accelerator"},
      {"[runtime]\ndevice = \"xpu\"\naccelerator = {kind = \"cuda\"}\n",
       "error runtime.device (line 5) is xpu, and runtime.accelerator.kind (line 6) is cuda"},
      {"[runtime]\ndtypes_ok = [\"float32\"]\n[accept]\ndtypes = [\"BF16\"]\n",
       "error accept.dtypes (line 7) takes BF16, which runtime.dtypes_ok (line 5) does not"},
      {"[runtime]\ndtypes_ok = [\"float32\"]\n[accept]\ndtypes = [\"BF16\", \"F32\"]\n",
       "warning accept.dtypes (line 7) takes BF16, which runtime.dtypes_ok (line 5) does not"},
      {"[runtime]\noffline = true\n[require]\nfiles = [\"code/requirements.txt\"]\n",
       "warning require.files (line 7) wants code/requirements.txt, which pip installs, and "
       "runtime.offline (line 5) is true"},
      {"[runtime]\noffline = true\n[require]\nfiles = [\"code/requirements.txt\"]\n[gate]\nfail_on "
       "= \"warning\"\n",
       "error require.files (line 7) wants code/requirements.txt, which pip installs, and "
       "runtime.offline (line 5) is true: that is a RISK, which the contract refuses"},
  });
}

TEST(LintContract, PackagesAndLayouts) {
  Hold({
      {"[target]\nform = \"dir\"\n[package]\nname_pattern = \"model.tar.gz\"\n",
       "error package.name_pattern (line 7) wants \"model.tar.gz\", and target.form (line 5) takes "
       "no tar.gz"},
      {"[package]\ncontainer = \"zip\"\nname_pattern = \"*.tgz\"\n",
       "error package.name_pattern (line 6) wants \"*.tgz\", and package.container (line 5) takes "
       "no "
       "tar.gz"},
      {"[package]\nallow_pickle = \"state-dict-only\"\n[forbid]\nclasses = \"pickle\"\n",
       "warning package.allow_pickle (line 5) is state-dict-only, and forbid.classes (line 7) "
       "forbids every pickle"},
      {"[package]\nallow_pickle = \"none\"\n[accept]\nformats = \"pytorch-zip\"\n",
       "error accept.formats (line 7) takes pickles alone, and package.allow_pickle (line 5) is "
       "none"},
      {"[package]\nsymlinks = true\n[forbid]\nclasses = \"link\"\n",
       "warning package.symlinks (line 5) is true, and forbid.classes (line 7) forbids links"},
      {"[package]\nextra_files = {\"a/b.py\" = \"required\"}\n[limits]\ndepth = 0\n",
       "error package.extra_files.a/b.py (line 5) wants a/b.py, which lies deeper than "
       "limits.depth "
       "(line 7) takes: 0"},
      {"[package]\nextra_files = {\"x.bin\" = \"optional\"}\n[accept]\nformats = "
       "\"safetensors\"\n",
       "warning package.extra_files.x.bin (line 5) lets in x.bin, which accept.formats (line 7) "
       "does not take: safetensors"},
      {"[package]\nrequire = \"a.bin\"\nforbid = \"*.bin\"\n",
       "error package.require (line 5) wants a.bin, which package.forbid (line 6) forbids as "
       "\"*.bin\""},
      {"[target]\nkind = \"vllm\"\n[layout]\nroot = \"triton\"\n",
       "error layout.root (line 7) is triton, and target.kind (line 5) is vllm"},
      {"[target]\nkind = \"triton\"\n[layout]\nroot = \"flat\"\n",
       "error target.kind (line 5) is triton, which wants a folder of each model, and layout.root "
       "(line 7) is flat"},
      {"[layout]\nroot = \"triton\"\n[limits]\ndepth = 1\n[require]\nfiles = [\"config.json\"]\n",
       "error layout.root (line 5) is triton, where files lie in MODEL/1/, and limits.depth (line "
       "7) is 1; error layout.root (line 5) is triton, where no file lies at the top, and "
       "require.files (line 9) wants one there"},
      {"[target]\nform = \"file\"\n[layout]\nroot = \"mar\"\n",
       "error layout.root (line 7) is mar, and target.form (line 5) takes one file"},
      {"[integrity]\nat = \"now\"\n",
       "warning integrity.at (line 5) says of signatures what nobody asks for: integrity.signature "
       "is off"},
      {"[accept]\nformats = [\"onnx\"]\nweights = [\"*.onnx\"]\n", ""},
      {"[accept]\nformats = [\"onnx\"]\nweights = [\"*.tflite\"]\n",
       "error accept.weights (line 6) takes no file of the formats that accept.formats (line 5) "
       "leaves: onnx"},
  });
}

TEST(LintContract, PinsThatCannotBeInstalledTogether) {
  Hold({
      {"[runtime]\npython = \"3.10\"\ntorch = \"1.9.0\"\n",
       "error torch 1.9.0 has no wheel for python 3.10 (lines 6 and 5): there are those of torch "
       ">=1.11.0,<2.15.0"},
      {"[runtime]\ntransformers = \"4.37.2\"\ntokenizers = \"0.13.3\"\n",
       "error tokenizers 0.13.3 goes with nothing of transformers 4.37.2 (lines 6 and 5): 4.37.2 "
       "wants tokenizers <0.19,>=0.14"},
      {"extends = \"sagemaker-hf/4.37.0\"\n[runtime]\npython = \"3.7\"\n",
       "error torch 2.1.0 has no wheel for python 3.7 (lines 4 and 6): there are those of torch "
       ">=1.0.0,<2.0.0; error python 3.7 goes with nothing of peft 0.7.1 (lines 6 and 4): 0.7.1 "
       "wants python >=3.8.0; error python 3.7 goes with nothing of transformers 4.37.0 (lines 6 "
       "and 4): "
       "4.37.0 wants python >=3.8.0"},
      {"[runtime]\ntransformers = \"5.23.0\"\ntorch = \"1.9\"\n",
       "error transformers 5.23.0 takes torch 2.6.0 and later, and goes on as if torch 1.9 were "
       "not "
       "there (lines 5 and 6)"},
  });
}

TEST(LintContract, NamesOfWeightsThatAreNone) {
  Hold({
      {"[accept]\nweights = [\"safetensors\"]\n", ""},
      {"[accept]\nweights = [\"safetensors\", \"*.bin\", \"model*\"]\n", ""},
      {"[accept]\nformats = [\"torch-zip\"]\nweights = [\"safetensors\"]\n",
       "error accept.weights (line 6) takes no file of the formats that accept.formats (line 5) "
       "leaves: torch-zip"},
      {"[accept]\nweights = [\"gguf\", \"marian\"]\n",
       "error accept.weights (line 5) takes \"marian\", which is neither a pattern of file names "
       "nor "
       "a format: those are safetensors, torch-zip, torch-legacy, torch-tar, pickle, gguf, hdf5, "
       "numpy, onnx, npz, keras, savedmodel, tflite"},
  });
}

TEST(LintContract, PinsOfPeftAndOfServers) {
  Hold({
      {"[runtime]\ntorch = \"1.9.0\"\n[runtime.packages]\npeft = \"0.15.0\"\n",
       "error torch 1.9.0 goes with nothing of peft 0.15.0 (lines 5 and 7): 0.15.0 wants torch "
       ">=1.13.0"},
      {"[runtime]\ntransformers = \"4.30.0\"\n[runtime.packages]\nvllm = \"0.10.0\"\n",
       "error transformers 4.30.0 does not go with vllm 0.10.0 (lines 5 and 7): the built-in "
       "target vllm/0.10.0 has transformers >=4.53.2"},
  });
}

TEST(LintContract, AdaptationsThatThereAreNot) {
  const std::string text = Problems("[policy]\nadapt = [\"W1\", \"W7\"]\n");
  EXPECT_NE(text.find("policy.adapt: wanted of W1, W2, "), std::string::npos) << text;
  EXPECT_NE(text.find(", found \"W7\"; the nearest is W1"), std::string::npos) << text;
  EXPECT_NE(Problems("[policy]\nnever_adapt = \"c1\"\n").find("found \"c1\"; the nearest is C1"),
            std::string::npos);
}

}  // namespace
}  // namespace weighlock
