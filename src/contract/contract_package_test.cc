// Formats and layouts of platforms, what the runtime cannot do, and [package] with its other names.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "codec/base64.h"
#include "codec/sha256.h"
#include "support/contract_text.h"

namespace weighlock {
namespace {

// What inspect has no name for is told by its name; formats have the words of other tools too.
TEST(Contract, FormatsOfOtherTools) {
  struct Case {
    const char* file;
    const char* content;
    const char* rules;
    const char* findings;
  };
  const Case table[] = {
      {"model.onnx", "\x08\x07\x12", "formats = [\"safetensors\", \"onnx\"]", ""},
      {"model.onnx", "\x08\x07\x12", "formats = [\"safetensors\"]",
       "WL-H-002 weights as onnx; the contract takes safetensors"},
      {"a.npz", "PK\3\4", "formats = [\"safetensors\", \"npz\"]", ""},
      {"a.npz", "PK\3\4", "formats = [\"safetensors\", \"numpy\"]",
       "WL-H-002 weights as npz; the contract takes safetensors, numpy"},
      {"m.keras", "PK\3\4", "formats = [\"safetensors\", \"h5\"]",
       "WL-H-002 weights as keras; the contract takes safetensors, hdf5"},
      {"m.keras", "PK\3\4", "formats = [\"safetensors\", \"keras\"]", ""},
      {"tf_model.h5", "\x89HDF\r\n\x1a\n", "formats = [\"safetensors\", \"h5\"]", ""},
      {"1/saved_model.pb", "\x08\x01", "formats = [\"safetensors\"]",
       "WL-H-002 weights as savedmodel; the contract takes safetensors"},
      {"1/saved_model.pb", "\x08\x01", "formats = [\"safetensors\", \"savedmodel\"]", ""},
      {"1/variables/variables.index", "\x08\x01", "formats = [\"safetensors\", \"savedmodel\"]",
       ""},
      {"m.tflite", "\x1c\x01\x02", "formats = [\"safetensors\", \"tflite\"]", ""},
      {"m.tflite", "\x1c\x01\x02", "formats = \"pytorch-zip\"",
       "WL-H-002 weights as tflite; the contract takes torch-zip; "
       "WL-H-002 weights as safetensors; the contract takes torch-zip"},
      {"m.tflite", "\x1c\x01\x02", "weights = [\"tflite\", \"safetensors\"]", ""},
      {"m.tflite", "\x1c\x01\x02", "weights = [\"safetensors\"]",
       "WL-H-003 weights of another name than the contract takes: safetensors"},
  };
  for (const Case& c : table) {
    std::string rules = std::string("[accept]\n") + c.rules + "\n";
    EXPECT_EQ(Judged(With(c.file, c.content), rules), c.findings) << c.file << " " << c.rules;
  }
  // What NumPy and Keras write are zips, and no archives of other files.
  EXPECT_EQ(Judged(With("m.keras", "PK\3\4"), "[forbid]\nclasses = \"nested-archive\"\n"), "");
  EXPECT_EQ(Judged({{"a.tflite", "\x1c\x01"}}, "[require]\nfiles = [\"one-of:weights\"]\n"), "");
}

TEST(Contract, LayoutsOfPlatforms) {
  struct Case {
    Files files;
    const char* root;
    const char* findings;
  };
  const Case table[] = {
      {{{"m/config.pbtxt", "x"}, {"m/1/model.onnx", "x"}}, "triton", ""},
      {{{"m/config.pbtxt", "x"}, {"m/01/model.onnx", "x"}},
       "triton",
       "WL-H-020 \"m/\" has no folder of a version, m/1/, which a repository of Triton wants"},
      {{{"config.pbtxt", "x"}, {"1/2/model.onnx", "x"}},
       "triton",
       "WL-H-020 config.pbtxt lies at the top, where a repository of Triton has folders of models "
       "only: MODEL/config.pbtxt, MODEL/1/FILE"},
      {SmallModel(), "mar",
       "WL-H-020 there is no MAR-INF/MANIFEST.json, which an archive of TorchServe wants: "
       "torch-model-archiver makes one"},
      {With("MAR-INF/MANIFEST.json", "{}"), "mar", ""},
      {{{"m/MAR-INF/MANIFEST.json", "{}"}},
       "mar",
       "WL-H-020 there is no MAR-INF/MANIFEST.json, which an archive of TorchServe wants: "
       "torch-model-archiver makes one"},
  };
  for (const Case& c : table) {
    EXPECT_EQ(Judged(c.files, std::string("[layout]\nroot = \"") + c.root + "\"\n"), c.findings);
  }
}

TEST(Contract, FormsOfArchives) {
  const TemporaryFolder folder;
  WriteFile(folder / "p/config.json", "{}");
  std::filesystem::create_directory(folder / "p/MAR-INF");
  WriteFile(folder / "p/MAR-INF/MANIFEST.json", "{}");
  std::filesystem::create_directory(folder / "oci");
  WriteFile(folder / "oci/oci-layout", "{}");
  WriteFile(folder / "oci/index.json", "{}");
  ASSERT_EQ(std::system(("cd " + folder.path() +
                         " && tar czf p.tar.gz p && cd p && python3 -m zipfile -c ../p.mar . && "
                         "python3 -m zipfile -c ../q.zip config.json")
                            .c_str()),
            0);
  const struct {
    const char* path;
    const char* rules;
    const char* rule;
  } table[] = {
      {"p.mar", "[target]\nform = \"mar\"\n[layout]\nroot = \"mar\"\n", ""},
      {"q.zip", "[target]\nform = \"mar\"\n", "WL-H-001"},
      {"p.tar.gz", "[layout]\nroot = \"mar\"\n", ""},  // as torch-model-archiver packs a tgz
      {"oci", "[target]\nform = \"oci-layout\"\n", "WL-H-001"},
      {"oci", "[target]\nform = \"dir\"\n", "WL-H-001"},
      {"p", "[target]\nform = \"oci-layout\"\n", "WL-H-001"},
      {"p", "[target]\nform = \"s3-prefix\"\n", ""},
      {"p.mar", "[package]\nname_pattern = \"*.mar\"\n", ""},
      {"p.tar.gz", "[package]\nname_pattern = \"model.tar.gz\"\n", "WL-H-032"},
  };
  for (const auto& c : table) EXPECT_EQ(JudgedAt(folder / c.path, c.rules), c.rule) << c.rules;
}

TEST(Contract, WhatTheRuntimeCannotDo) {
  const std::string quantized = R"({"quantization_config": {"quant_method": ")";
  const struct {
    Files files;
    const char* rules;
    const char* findings;
  } table[] = {
      {With("code/requirements.txt", "boto3\n"), "offline = true",
       "WL-H-018 pip installs what code/requirements.txt names when the container starts; the "
       "contract's runtime is offline, where it must be there already"},
      {With("code/requirements.txt", "# none\n\n"), "offline = true", ""},
      {With("code/requirements.txt", "boto3\n"), "offline = false", ""},
      {With("config.json", R"({"auto_map": {"AutoModel": "a/b--m.X"}})"), "offline = true",
       "WL-H-018 \"a/b--m.X\" is fetched from the hub; the contract's runtime is offline, where it "
       "must be there already"},
      {With("config.json", R"({"auto_map": {"AutoModel": "m.X"}})"), "offline = true", ""},
      {With("adapter_config.json", R"({"base_model_name_or_path": "a/b"})"), "offline = true",
       "WL-H-018 the base model \"a/b\" is fetched from the hub; the contract's runtime is "
       "offline, "
       "where it must be there already"},
      {With("config.json", quantized + "eetq\"}}"), "device = \"cpu\"",
       "WL-H-019 weights quantized by eetq load where there is CUDA only; the contract's device is "
       "cpu"},
      {With("config.json", quantized + "gptq\"}}"), "accelerator = {kind = \"mps\"}",
       "WL-H-019 weights quantized by gptq load without CUDA in some releases only, and with "
       "packages that go with them; the contract's accelerator is mps"},
      {With("config.json", quantized + "eetq\"}}"), "device = \"cuda\"", ""},
      {With("config.json", quantized + "torchao\"}}"), "device = \"cpu\"", ""},
      {SmallModel(), "loader = \"peft\"",
       "WL-H-031 the contract's loader is peft, which looks for adapter_config.json: there is "
       "none"},
      {With("adapter_config.json", "{}"), "loader = \"peft\"", ""},
      {SmallModel(), "loader = \"sentence-transformers\"",
       "WL-H-031 the contract's loader is sentence-transformers, and there is no modules.json: it "
       "takes the mean of the tokens, whatever the model was trained with"},
      {SmallModel(), "loader = \"torch-state-dict-strict\"",
       "WL-H-031 the contract's loader is torch-state-dict-strict, which reads what torch.save "
       "wrote: there is no such file: weighlock convert makes one"},
      {SmallModel(), "dtypes_ok = [\"F16\"]",
       "WL-H-004 1 tensor of F32 (\"w\" is the first); the contract's runtime takes F16"},
  };
  for (const auto& c : table) {
    EXPECT_EQ(Judged(c.files, std::string("[runtime]\n") + c.rules + "\n"), c.findings) << c.rules;
  }
  // A server that loads the package is its platform, where nothing else is said.
  EXPECT_EQ(ReadText(kHead + "[runtime]\nloader = \"vllm\"\n")->target.platform, Platform::kVllm);
  EXPECT_EQ(ReadText(kHead + "[target]\nkind = \"kserve\"\n[runtime]\nloader = \"vllm\"\n")
                ->target.platform,
            Platform::kKserve);
}

// The bundle that covers these files, with the digest of a key's text as its name.
std::string BundleOf(const std::vector<std::string>& files, const std::string& hint) {
  std::string resources;
  for (const std::string& file : files) {
    resources += (resources.empty() ? "" : ", ") +
                 fmt::format(R"({{"name": "{}", "algorithm": "sha256", "digest": "00"}})", file);
  }
  const std::string statement = fmt::format(
      R"({{"predicateType": "https://model_signing/signature/v1.0", "predicate": {{"serialization":)"
      R"( {{"method": "files", "ignore_paths": [".git"]}}, "resources": [{}]}}}})",
      resources);
  return fmt::format(R"({{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",)"
                     R"( "verificationMaterial": {{"publicKey": {{"hint": "{}"}}}},)"
                     R"( "dsseEnvelope": {{"payload": "{}"}}}})",
                     hint, Base64(AsBytes(statement)));
}

TEST(Contract, WhatASignatureSaysOfItself) {
  const TemporaryFolder folder;
  WriteFile(folder / "key.pem", "key\n");
  Sha256 digest;
  digest.Update(AsBytes(std::string_view("key\n")));
  const std::string hint = Hex(digest.Finish());
  const std::string asked = "[integrity]\nsignature = \"required\"\n";
  const std::string keys = asked + "keys = [\"" + (folder / "key.pem") + "\"]\n";
  const std::vector<std::string> all = {"README.md", "config.json", "model.safetensors",
                                        "vocab.txt"};
  const std::vector<std::string> few(all.begin() + 2, all.end());
  std::vector<std::string> more = all;
  more.push_back("x");
  const struct {
    std::string bundle, rules;
    const char* findings;
  } table[] = {
      {BundleOf(all, hint), keys,
       "WL-H-017 model.sig covers every file with a key of the contract; whether it and the "
       "digests "
       "in it are right is not verified by this release"},
      {BundleOf(all, hint), asked + "scheme = \"oms\"\n",
       "WL-H-017 model.sig covers every file; whether it and the digests in it are right is not "
       "verified by this release"},
      {BundleOf(few, hint), keys,
       "WL-H-017 model.sig covers 2 files less than there are: \"README.md\" is the first"},
      {BundleOf(more, hint), keys, "WL-H-017 model.sig covers \"x\", which is not there"},
      {BundleOf(all, "0123"), keys,
       "WL-H-017 model.sig is signed with the key \"0123\", which is none of integrity.keys"},
      {BundleOf(all, hint), asked + "roots = [\"ca.pem\"]\n",
       "WL-H-017 model.sig is signed with a key, and the contract takes certificates"},
      {"{}", keys,
       "WL-H-017 model.sig is no bundle of OpenSSF model signing: mediaType is not its own"},
      {R"({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"})", keys,
       "WL-H-017 model.sig is no bundle of OpenSSF model signing: its payload is no statement of "
       "that kind"},
  };
  for (const auto& c : table) EXPECT_EQ(Judged(With("model.sig", c.bundle), c.rules), c.findings);
}

TEST(Contract, Pickles) {
  const std::string packages = std::string(WL_TEST_DATA) + "/packages/";
  const std::string dicts = "[package]\nallow_pickle = \"state-dict-only\"\n";
  // Of eight pickles those that are no weights.
  EXPECT_EQ(JudgedAt(packages + "gpt2-4.37.2-bin-sharded", dicts), "WL-H-033WL-H-033WL-H-033");
  EXPECT_EQ(JudgedAt(packages + "gpt2-4.37.2-bin-sharded", "[package]\nallow_pickle = \"any\"\n"),
            "");
  EXPECT_NE(JudgedAt(packages + "gpt2-4.37.2-bin-sharded", "[package]\nallow_pickle = \"none\"\n"),
            "");
  EXPECT_EQ(
      Judged(With("a.pkl", "\x80\x02}q\x01."), dicts),
      "WL-H-033 a.pkl is a pickle that cannot be read as one; the contract takes pickles that "
      "are state dicts alone");
  EXPECT_EQ(JudgedAt(packages + "bert-4.37.2", dicts), "WL-H-033WL-H-033WL-H-033WL-H-033");
}

TEST(Contract, ExtraFilesAreLetIn) {
  const std::string rules =
      "[forbid]\nfiles = [\"*.py\"]\nclasses = [\"code\"]\n[package]\nextra_files = "
      "{\"code/inference.py\" = \"required\"}\n";
  EXPECT_EQ(Judged(With("code/inference.py", "x"), rules), "");
  EXPECT_EQ(Judged(SmallModel(), rules),
            "WL-H-010 there is no code/inference.py, which the contract requires");
  EXPECT_EQ(
      Judged(With("code/other.py", "x"), rules),
      "WL-H-013 code/other.py is code, which the contract forbids: leave it out with weighlock "
      "pack --drop; WL-H-014 code/other.py matches \"*.py\", which the contract forbids: leave "
      "it out with weighlock pack --drop; WL-H-010 there is no code/inference.py, which the "
      "contract requires");
}

// A key and its other name ask for the same, are shown as the same, and do not stand together.
TEST(Contract, OtherNamesOfBuiltInTargets) {
  for (const char* name : {"sagemaker-hf", "sagemaker-hf@1", "builtin:sagemaker-hf@1"}) {
    EXPECT_EQ(Fault(kHead + "extends = \"" + name + "\"\n"), "") << name;
  }
  EXPECT_EQ(
      Fault(kHead + "extends = \"builtin:sagemaker-hf@2\"\n"),
      "handover.toml:4: usage: extends: \"sagemaker-hf@2\" is no built-in target; the nearest "
      "is sagemaker-hf");
}

TEST(Contract, OtherNamesOfKeys) {
  const auto given = ReadText(ExampleOfTheDocument(/*other_names=*/true));
  ASSERT_TRUE(given) << given.error().Message();
  const Contract& contract = *given->contract;
  EXPECT_EQ(contract.id, "sagemaker-hf-4.11-cpu");
  EXPECT_EQ(contract.forms, std::vector<std::string>{"tar.gz"});
  EXPECT_EQ(contract.root, "flat");
  EXPECT_EQ(contract.limits.total, uint64_t{5'368'709'120});
  EXPECT_EQ(contract.manifest, Demand::kRequired);
  EXPECT_TRUE(LintTarget(*given, {2026, 1, 1})->empty());
  std::map<std::string, std::string> rows;
  for (const auto& [key, value] : TargetRows(*given)) rows[key] = value;
  EXPECT_EQ(rows["limits.total"], "5368709120");
  EXPECT_EQ(rows["package.extra_files code/inference.py"], "optional");
  EXPECT_EQ(rows["package.symlinks"], "false");
  const auto own = ReadText(kHead + "[limits]\ntotal = 7\n"),
             other = ReadText(kHead + "[package]\nmax_bytes = 7\n");
  for (const TargetDifference& difference : DiffTargets(*own, *other)) {
    EXPECT_EQ(difference.key, "sha256");
  }
  EXPECT_EQ(Judged({{"b", "12345678"}}, "[package]\nmax_bytes = 7\nmax_file_bytes = 6\n"),
            "WL-H-024 b has 8 bytes; the contract takes 6; WL-H-023 8 bytes in all; the contract "
            "takes 7");
  EXPECT_EQ(Fault(kHead + "[limits]\ntotal = 7\n[package]\nmax_bytes = 7\n"),
            "handover.toml:7: usage: package.max_bytes asks for what limits.total in line 5 asks "
            "for: keep one of them");
  EXPECT_EQ(Fault(kHead + "[package]\nmax_byte = 7\n"),
            "handover.toml:5: usage: unknown key \"package.max_byte\"; the nearest is "
            "package.max_bytes");
  EXPECT_EQ(Fault(kHead + "[package]\nextra_files = {\"a\" = \"perhaps\"}\n"),
            "handover.toml:5: usage: package.extra_files.\"a\": wanted optional, required, found "
            "\"perhaps\"");
}

}  // namespace
}  // namespace weighlock
