// Contracts: every key is read, every rule is judged where it holds and where not, and what is
// wrong with a contract is said with its line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "contract/contract_keys.h"
#include "contract/toml_file.h"
#include "support/contract_text.h"

namespace weighlock {
namespace {

[[maybe_unused]] const auto* const kEveryRule =
    testing::AddGlobalTestEnvironment(new EveryRuleIsTried("H"));

void Names(const JsonValue& table, const std::string& prefix, std::set<std::string>& names) {
  for (const JsonMember& member : table.members) {
    names.insert(prefix + member.name);
    if (prefix + member.name == "runtime.packages") continue;
    if (prefix + member.name == "package.extra_files") continue;
    Names(member.value, prefix + member.name + ".", names);
    for (const JsonValue& item : member.value.items) {
      if (item.Is(JsonValue::Kind::kObject)) Names(item, prefix + member.name + ".", names);
    }
  }
}

TEST(Contract, TheDocumentsExampleHasEveryKeyAndIsRead) {
  const std::string text = ExampleOfTheDocument();
  const auto root = ReadToml("x", text);
  ASSERT_TRUE(root) << root.error().Message();
  const auto others = ReadToml("x", ExampleOfTheDocument(/*other_names=*/true));
  ASSERT_TRUE(others) << others.error().Message();
  std::set<std::string> names;
  Names(*root, "", names);
  Names(*others, "", names);
  for (const ContractKey& key : ContractKeys()) {
    EXPECT_TRUE(names.contains(std::string(key.path))) << key.path;
  }
  const auto given = ReadText(text);
  ASSERT_TRUE(given) << given.error().Message();
  const Contract& contract = *given->contract;
  EXPECT_EQ(contract.id, "acme/text-serving");
  EXPECT_EQ(contract.limits.total, uint64_t{60} << 30);
  EXPECT_EQ(contract.limits.header, uint64_t{25'000'000});
  EXPECT_EQ(contract.dtypes.size(), 3u);
  EXPECT_TRUE(contract.Fails(Verdict::kDiffers));
  EXPECT_FALSE(contract.Fails(Verdict::kRisk));
  ASSERT_EQ(contract.waivers.size(), 1u);
  EXPECT_EQ(contract.waivers[0].until.Text(), "2999-01-31");
  EXPECT_EQ(given->target.Find("transformers")->Text(), ">=4.37,<4.40");
  EXPECT_EQ(given->target.Find("huggingface-hub")->Text(), "0.23.2");  // of the built-in target
  EXPECT_TRUE(given->target.Find("peft")->absent);                     // wins over it
  EXPECT_TRUE(LintTarget(*given, {2026, 1, 1})->empty());
}

TEST(Contract, Refused) {
  const std::pair<std::string, const char*> table[] = {
      {"", "handover.toml:1: usage: wanted contract = 1, the version of this form"},
      {"contract = 2\n", "handover.toml:1: usage: wanted contract = 1, the version of this form"},
      {"contract = 1\nid = \"a\"\n", "handover.toml:1: usage: wanted version = \"...\""},
      {kHead + "ownr = \"x\"\n",
       "handover.toml:4: usage: unknown key \"ownr\"; the nearest is owner"},
      {kHead + "[requrie]\nfiles = []\n",
       "handover.toml:4: usage: unknown key \"requrie\"; the nearest is require"},
      {kHead + "[accept]\nformat = [\"safetensors\"]\n",
       "handover.toml:5: usage: unknown key \"accept.format\"; the nearest is accept.formats"},
      {kHead + "[limits]\nlicenses = []\n",
       "handover.toml:5: usage: unknown key \"limits.licenses\"; the nearest is accept.licenses"},
      {kHead + "[runtime]\ntranformers = \"4.1\"\n",
       "handover.toml:5: usage: unknown key \"runtime.tranformers\"; the nearest is "
       "runtime.transformers"},
      {kHead + "\"\\u001b[2J\" = 1\n", "handover.toml:4: usage: unknown key \"\\x1b[2J\""},
      {kHead + "[layout]\nroot = \"flatt\"\n",
       "handover.toml:5: usage: layout.root: wanted flat, one-folder, triton, mar, any, found "
       "\"flatt\""},
      {kHead + "[limits]\ntotal = \"60 gigs\"\n",
       "handover.toml:5: usage: limits.total: wanted a size such as \"10 GiB\", \"25 MB\" or "
       "1000000"},
      {kHead + "[limits]\nfiles = -1\n",
       "handover.toml:5: usage: limits.files: wanted a whole number"},
      {kHead + "[limits]\ntotal = \"99999999999 TB\"\n",
       "handover.toml:5: usage: limits.total: wanted a size such as \"10 GiB\", \"25 MB\" or "
       "1000000"},
      {kHead + "[runtime]\ntorch = \"new\"\n",
       "handover.toml:5: usage: runtime.torch: \"new\" is no version; wanted one like 4.37.2 or "
       "5.0.0rc1"},
      {kHead + "[runtime]\ntorch = 2.1\n",
       "handover.toml:5: usage: runtime.torch: wanted versions as text, like \">=4.44,<4.50\""},
      {kHead + "[runtime]\ntorch = \"1.9+\u202ecu\"\n",
       "handover.toml:5: usage: runtime.torch: \"1.9+\\u{202e}cu\" is no version; wanted one like "
       "4.37.2 or 5.0.0rc1"},
      {kHead + "[runtime.packages]\n\"a b\" = \"1\"\n",
       "handover.toml:5: usage: runtime.packages: \"a b\" is no name of a package"},
      {kHead + "[accept]\ndtypes = [\"F17\"]\n",
       "handover.toml:5: usage: accept.dtypes: \"F17\" is no dtype; wanted names such as BF16 or "
       "bfloat16"},
      {kHead + "extends = \"builtin:sagemaker-hf/4.11.1\"\n",
       "handover.toml:4: usage: extends: \"sagemaker-hf/4.11.1\" is no built-in target; the "
       "nearest "
       "is sagemaker-hf/4.11.0"},
      {kHead + "[[waiver]]\nrule = \"WL-H-001\"\nuntil = 2027-01-31\n",
       "handover.toml:4: usage: a waiver wants reason"},
      {kHead + "[[waiver]]\nrule = \"WL-H-001\"\nreason = \"x\"\nuntil = \"soon\"\n",
       "handover.toml:7: usage: waiver.until: wanted a date, without quotes: 2027-01-31"},
      {kHead + "[[waiver]]\nrule = \"WL-H-041\"\nreason = \"x\"\nuntil = 2027-01-31\n",
       "handover.toml:5: usage: waiver.rule: \"WL-H-041\" is no rule of check; the nearest is "
       "WL-H-001"},
      {kHead + "[[waiver]]\nrule = \"everything\"\nreason = \"x\"\nuntil = 2027-01-31\n",
       "handover.toml:5: usage: waiver.rule: \"everything\" is no rule of check"},
      {kHead + "[runtime.packages]\nsentencepeice = \"present\"\n",
       "handover.toml:5: usage: runtime.packages: \"sentencepeice\" is no component that is known; "
       "the nearest is sentencepiece"},
      // One package named twice, and upgrades that are none.
      {kHead + "[runtime]\ntransformers = \"4.37.2\"\n[runtime.packages]\ntransformers = "
               "\"4.11.3\"\n",
       "handover.toml:7: usage: runtime.packages: \"transformers\" is named twice, in line 5 too"},
      {kHead + "[runtime.packages]\ntorch = \"1.9\"\nTorch = \"2.1\"\n",
       "handover.toml:6: usage: runtime.packages: \"Torch\" is named twice, in line 5 too"},
      {kHead + "[runtime]\nmay_change = [\"torch\", \"bogus!!\"]\n",
       "handover.toml:5: usage: runtime.may_change: wanted a package and its versions, like "
       "\"transformers<=4.49\", found \"bogus!!\""},
      {kHead + "[runtime]\nmay_change = [\"torch=absent\"]\n",
       "handover.toml:5: usage: runtime.may_change: wanted a package and its versions, like "
       "\"transformers<=4.49\", found \"torch=absent\""},
      {kHead + "[runtime]\nmay_change = [\"transfomers<=4.49\"]\n",
       "handover.toml:5: usage: runtime.may_change: \"transfomers\" is no component that is known; "
       "the nearest is transformers"},
      {kHead + "waiver = 1\n", "handover.toml:4: usage: waiver: wanted [[waiver]]"},
      {kHead + "[gate]\nfail_on = \"risk\"\n[policy]\non_risk = \"warn\"\n",
       "handover.toml:7: usage: policy.on_risk: warn, but gate.fail_on is risk"},
      {kHead + "id = \"twice\"\n",
       "handover.toml:4: usage: no TOML: Error while parsing key-value pair: cannot redefine "
       "existing string 'id'"},
      {kHead + "a = 10:00:00\n", "handover.toml:4: usage: a time of day, where a date is enough"},
      {kHead + "a = [[[[[[[[[1]]]]]]]]]\n", "handover.toml:4: usage: nested too deep"},
      {kHead + "a\x01 = 1\n", "handover.toml:4: usage: a control character, \\x01"},
      {std::string((64 << 10) + 1, '#'),
       "handover.toml: over the limit: 65537 bytes, at most 65536 are read here"},
  };
  for (const auto& [text, message] : table) EXPECT_EQ(Fault(text), message) << text.substr(0, 300);
}

TEST(Contract, DeepKeysAreCountedBeforeTheyAreParsed) {
  std::string deep = "a";
  for (int i = 0; i < 30'000; ++i) deep += ".a";
  EXPECT_EQ(Fault(deep + " = 1\n"), "handover.toml: over the limit: more than 2000 dots");
  EXPECT_NE(Fault(kHead + std::string(50'000, '[')), "");
  std::string braces = kHead + "a = ";
  for (int i = 0; i < 10'000; ++i) braces += "{a=";
  EXPECT_NE(Fault(braces), "");
}

TEST(Contract, ExecutableFilesAndWhatUnpacksToMuch) {
  const TemporaryFolder folder;
  WriteFile(folder / "p/config.json", "{}" + std::string(100'000, ' '));
  ASSERT_EQ(
      std::system(("cd " + folder.path() + " && chmod 755 p/config.json && tar czf p.tar.gz -C p .")
                      .c_str()),
      0);
  EXPECT_EQ(JudgedAt(folder / "p", "[layout]\nmode = \"normalised\"\n"), "WL-H-022");
  EXPECT_EQ(JudgedAt(folder / "p.tar.gz", "[limits]\nratio = 20\n"), "WL-H-029");
  EXPECT_EQ(JudgedAt(folder / "p.tar.gz", "[limits]\nratio = 2000\n"), "");
}

// All that a contract can ask, of a package that has it.
TEST(Contract, WhatIsMetIsNoFinding) {
  const std::string rules =
      "[target]\nform = \"dir\"\n"
      "[runtime]\naccelerator = {memory = \"1 GiB\"}\noffline = true\ndevice = \"cpu\"\n"
      "loader = \"sentence-transformers\"\ndtypes_ok = [\"float32\", \"int64\"]\n"
      "[package]\nname_pattern = \"p*\"\nallow_pickle = \"none\"\nsymlinks = false\n"
      "extra_files = {\"modules.json\" = \"required\", \"x.ipynb\" = \"optional\"}\n"
      "[accept]\nformats = [\"safetensors\"]\nweights = [\"model*.safetensors\"]\ndtypes = "
      "[\"F32\"]\n"
      "architectures = [\"BertForMaskedLM\"]\nmodel_types = [\"bert\"]\nlicenses = [\"mit\"]\n"
      "[require]\nfiles = [\"config.json\"]\nindex = \"complete\"\ncard = true\n"
      "[forbid]\nclasses = [\"pickle\", \"code\"]\nfiles = [\"*.ipynb\"]\nremote_code = true\n"
      "[layout]\nroot = \"flat\"\nnames = \"ascii\"\nmode = \"normalised\"\n"
      "[limits]\ntotal = 10000\nfile = 10000\nfiles = 9\npath = 100\ndepth = 1\nheader = 1000\n"
      "ratio = 20\n"
      "[task]\nname = \"fill-mask\"\nlabels_required = true\n"
      "[integrity]\nmanifest = \"required\"\nsignature = \"optional\"\n"
      "[[waiver]]\nrule = \"WL-H-001\"\nreason = \"x\"\nuntil = 2999-01-31\n";
  Files files = With("SHA256SUMS", "");
  files["modules.json"] = "[]";
  files["x.ipynb"] = "{}";  // forbidden, and let in
  EXPECT_EQ(Judged(files, rules), "");
  for (int i = 1; i <= 33; ++i) {
    NoteTried(fmt::format("WL-H-{:03}", i), false);
  }
}

TEST(Contract, Rules) {
  struct Case {
    Files files;
    const char* rules;
    const char* findings;
  };
  const Case table[] = {
      {SmallModel(), "[target]\nform = \"dir\"\n", ""},
      {SmallModel(), "[target]\nform = [\"tar.gz\", \"zip\"]\n",
       "WL-H-001 the package is a folder; the contract takes tar.gz, zip: pack it with weighlock "
       "pack"},
      {SmallModel(), "[accept]\nformats = [\"safetensors\"]\n", ""},
      {SmallModel(), "[accept]\nformats = [\"torch-zip\"]\n",
       "WL-H-002 weights as safetensors; the contract takes torch-zip"},
      {SmallModel(), "[accept]\nweights = [\"pytorch_model.bin\"]\n",
       "WL-H-003 weights of another name than the contract takes: pytorch_model.bin"},
      {SmallModel(), "[accept]\nweights = [\"safetensors\"]\n", ""},
      {SmallModel(), "[accept]\nweights = [\"gguf\", \"*.bin\"]\n",
       "WL-H-003 weights of another name than the contract takes: gguf, *.bin"},
      {SmallModel(), "[accept]\ndtypes = [\"float32\"]\n", ""},
      {SmallModel(), "[accept]\ndtypes = [\"BF16\", \"F16\"]\n",
       "WL-H-004 1 tensor of F32 (\"w\" is the first); the contract takes BF16, F16"},
      {SmallModel(), "[accept]\narchitectures = [\"BertForMaskedLM\"]\nmodel_types = [\"bert\"]\n",
       ""},
      {SmallModel(), "[accept]\narchitectures = [\"LlamaForCausalLM\"]\n",
       "WL-H-005 config.json names BertForMaskedLM; the contract takes LlamaForCausalLM"},
      {Without("config.json"), "[accept]\nmodel_types = [\"llama\"]\n",
       "WL-H-005 config.json names no model type; the contract takes llama"},
      {SmallModel(), "[accept]\nlicenses = [\"mit\"]\n", ""},
      {SmallModel(), "[accept]\nlicenses = [\"apache-2.0\"]\n",
       "WL-H-006 the card names the licence \"mit\"; the contract takes apache-2.0"},
      {With("README.md", "license: mit\n"), "[accept]\nlicenses = [\"mit\"]\n",
       "WL-H-006 the card names no licence; the contract takes mit"},
      {With("README.md", "---\ntags:\n- x\nlicense:\n- mit\n- \"apache-2.0\"\n---\n"),
       "[accept]\nlicenses = [\"mit\", \"apache-2.0\"]\n", ""},
      {With("README.md", "---\r\nlicense: [mit, gpl-3.0]  # both\r\n---\r\n"),
       "[accept]\nlicenses = [\"mit\"]\n",
       "WL-H-006 the card names the licence \"gpl-3.0\"; the contract takes mit"},
      {With("README.md", "---\nlicense: MIT  # as the code\n---\n"),
       "[accept]\nlicenses = [\"mit\"]\n", ""},
      {With("README.md", "---\nlicense: other\nlicense_name: llama3.1\n---\n"),
       "[accept]\nlicenses = [\"llama3.1\"]\n", ""},
      {With("README.md", "---\nlicense:\n---\n"), "[accept]\nlicenses = [\"mit\"]\n",
       "WL-H-006 the card names no licence; the contract takes mit"},
      {With("README.md", "---\nlicense: mit\n"), "[accept]\nlicenses = [\"mit\"]\n",
       "WL-H-006 the card names no licence; the contract takes mit"},
      {Without("README.md"), "[accept]\nlicenses = [\"mit\"]\n",
       "WL-H-006 no README.md names a licence; the contract takes mit"},
      {SmallModel(), "[task]\nname = \"fill-mask\"\nlabels_required = true\n", ""},
      {SmallModel(), "[task]\nname = \"text-generation\"\n",
       "WL-H-007 config.json names BertForMaskedLM, which is not for text-generation"},
      {With("config.json", "{}"), "[task]\nlabels_required = true\n",
       "WL-H-008 config.json has no id2label: the answers would be LABEL_0, LABEL_1"},
      {With("config.json", R"({"id2label": {}})"), "[task]\nlabels_required = true\n",
       "WL-H-008 config.json has no id2label: the answers would be LABEL_0, LABEL_1"},
      {With("config.json", R"({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}})"),
       "[task]\nlabels_required = true\n",
       "WL-H-008 id2label of config.json has LABEL_0, LABEL_1: those are the names that "
       "transformers fills in where nobody gave any"},
      {With("config.json", R"({"id2label": {"0": "LABEL_0", "1": "no"}})"),
       "[task]\nlabels_required = true\n",
       "WL-H-008 id2label of config.json has LABEL_0: those are the names that transformers fills "
       "in where nobody gave any"},
      {With("config.json", R"({"id2label": {"0": "LABEL_A", "1": "LABEL_B"}})"),
       "[task]\nlabels_required = true\n", ""},
      {SmallModel(), "[runtime]\naccelerator = {memory = 15}\n",
       "WL-H-009 the weights have 16 bytes, the accelerator 15"},
      {SmallModel(), "[runtime]\naccelerator = {memory = 16}\n", ""},
      {SmallModel(),
       "[require]\nfiles = [\"config.json\", \"x.json?\", \"tokenizer.json | vocab.txt\", "
       "\"one-of:weights\", \"one-of:tokenizer\"]\ncard = true\nindex = \"complete\"\n",
       ""},
      {With("sub/generation_config.json", "{}"),
       "[require]\nfiles = [\"generation_config.json\", \"a | b\"]\n",
       "WL-H-010 there is no generation_config.json, which the contract requires; "
       "WL-H-010 there is no a | b, which the contract requires"},
      {With("model.safetensors.index.json",
            R"({"weight_map": {"w": "model.safetensors", "v": "x"}})"),
       "[require]\nindex = \"complete\"\n",
       "WL-H-011 not every shard of the weights is there and can be read"},
      {With("README.md", ""), "[require]\ncard = true\n",
       "WL-H-012 there is no README.md, the model's card"},
      {With("code/a.py", "pass"), "[forbid]\nclasses = [\"python-code\", \"vcs\", \"secret\"]\n",
       "WL-H-013 code/a.py is python-code, which the contract forbids: leave it out with weighlock "
       "pack --drop"},
      {With("optimizer.pt", "-"), "[forbid]\nclasses = [\"training-state\"]\n",
       "WL-H-013 optimizer.pt is training-state, which the contract forbids: leave it out with "
       "weighlock pack --drop"},
      {With("a.ipynb", "{}"), "[forbid]\nfiles = [\"*.ipynb\", \"a.*\"]\n",
       "WL-H-014 a.ipynb matches \"*.ipynb\", which the contract forbids: leave it out with "
       "weighlock "
       "pack --drop"},
      {With("config.json", R"({"auto_map": {"AutoConfig": "c.C"}})"),
       "[forbid]\nremote_code = true\n",
       "WL-H-015 config.json names a class of the package's own code (auto_map, "
       "custom_pipelines)"},
      {With("config.json", R"({"auto_map": {"AutoModelForCausalLM": "m.X"}})"),
       "[forbid]\nremote_code = true\n",
       "WL-H-015 config.json names a class of the package's own code (auto_map, "
       "custom_pipelines)"},
      {With("tokenizer_config.json", R"({"auto_map": {"AutoTokenizer": ["t.T", null]}})"),
       "[forbid]\nremote_code = true\n",
       "WL-H-015 tokenizer_config.json names a class of the package's own code (auto_map, "
       "custom_pipelines)"},
      {With("config.json", R"({"custom_pipelines": {"pair": {"impl": "pair.P"}}})"),
       "[forbid]\nremote_code = true\n",
       "WL-H-015 config.json names a class of the package's own code (auto_map, "
       "custom_pipelines)"},
      {With("config.json", R"({"auto_map": {}})"), "[forbid]\nremote_code = true\n", ""},
      {SmallModel(), "[integrity]\nmanifest = \"required\"\nsignature = \"required\"\n",
       "WL-H-016 there is no SHA256SUMS: pack it with weighlock pack --manifest; "
       "WL-H-017 there is no signature, model.sig"},
      {With("model.sig", "{}"), "[integrity]\nsignature = \"required\"\n",
       "WL-H-017 there is a signature, which this release cannot verify"},
      {SmallModel(), "[layout]\nroot = \"flat\"\nnames = \"portable\"\nmode = \"normalised\"\n",
       ""},
      {{{"m/config.json", "{}"}},
       "[layout]\nroot = \"flat\"\n",
       "WL-H-020 all files lie below \"m/\", and not at the top: pack them with weighlock pack "
       "--layout flat"},
      {{{"m/config.json", "{}"}},
       "[layout]\nroot = \"one-folder\"\n[require]\nfiles = [\"config.json\"]\n",
       ""},
      {SmallModel(), "[layout]\nroot = \"one-folder\"\n",
       "WL-H-020 the files do not lie below one folder: pack them with weighlock pack --layout "
       "one-folder"},
      {With("caf\xC3\xA9.txt", "x"), "[layout]\nnames = \"ascii\"\n",
       "WL-H-021 the name \"caf\xC3\xA9.txt\" is not ascii"},
      {With("a;b.txt", "x"), "[layout]\nnames = \"portable\"\n",
       "WL-H-021 the name \"a;b.txt\" is not portable"},
      {{{"config.json", "{}"}, {"b", "12345"}},
       "[limits]\ntotal = 6\nfile = 4\nfiles = 1\n",
       "WL-H-024 b has 5 bytes; the contract takes 4; WL-H-023 7 bytes in all; the contract takes "
       "6; "
       "WL-H-025 2 files; the contract takes 1"},
      {{{"a/b/config.json", "{}"}},
       "[limits]\npath = 14\ndepth = 1\n",
       "WL-H-026 a path of 15 bytes; the contract takes 14; "
       "WL-H-027 2 folders above a file; the contract takes 1"},
      {SmallModel(), "[limits]\nheader = 8\n",
       "WL-H-028 a header of 88 bytes; the contract takes 8"},
  };
  for (const Case& c : table) EXPECT_EQ(Judged(c.files, c.rules), c.findings) << c.rules;
}

TEST(Contract, Waivers) {
  const std::string waiver =
      "[[waiver]]\nrule = \"WL-H-013\"\npath = \"*.py\"\nreason = \"seen\"\n";
  const auto given = ReadText(kHead + waiver + "until = 2027-01-31\n");
  ASSERT_TRUE(given);
  CheckFinding python, other;
  python.rule = other.rule = "WL-H-013";
  python.path = "code/a.py";
  other.path = "a.so";
  struct Case {
    Date today;
    std::vector<CheckFinding> findings;
    const char* found;
    const char* note;
  };
  const Case table[] = {
      {{2027, 1, 31}, {python, other}, "WL-H-013 until 2027-01-31, WL-H-013", ""},
      {{2027, 2, 1}, {python}, "WL-H-013, WL-H-030", ""},
      {{2026, 1, 1},
       {other},
       "WL-H-013",
       "the waiver of WL-H-013 in line 4 of the contract accepts nothing"},
  };
  for (const Case& c : table) {
    auto findings = c.findings;
    std::vector<std::string> notes;
    ApplyWaivers(*given->contract, c.today, findings, notes);
    std::string found;
    for (const CheckFinding& f : findings) {
      if (f.rule == "WL-H-030") NoteTried(f.rule, true);
      found += (found.empty() ? "" : ", ") + f.rule +
               (f.waived_until.empty() ? "" : " until " + f.waived_until);
    }
    EXPECT_EQ(found, c.found);
    EXPECT_EQ(notes.empty() ? "" : notes[0], c.note);
  }
}

TEST(Contract, ManyFindingsOfARuleAreCounted) {
  const auto given = ReadText(kHead);
  std::vector<CheckFinding> findings(1000);
  for (CheckFinding& finding : findings) {
    finding.rule = "WL-H-013";
    finding.stage = Stage::kPackaging;
  }
  std::vector<std::string> notes;
  ApplyWaivers(*given->contract, {2026, 1, 1}, findings, notes);
  ASSERT_EQ(findings.size(), 50u);
  EXPECT_EQ(findings.back().text, "; and 950 more of this rule");
}

TEST(Lint, Table) {
  const std::pair<const char*, const char*> table[] = {
      {"transformers==4.11.3,tokenizers==0.10.3,python==3.8,torch==1.9.0", ""},
      {"transformers==4.37.2,tokenizers==0.13.3",
       "error tokenizers 0.13.3 goes with nothing of transformers 4.37.2: 4.37.2 wants tokenizers "
       "<0.19,>=0.14"},
      {"transformers==4.37.2,python==3.7",
       "error python 3.7 goes with nothing of transformers 4.37.2: 4.37.2 wants python >=3.8.0"},
      {"transformers==5.23.0,safetensors=absent",
       "error safetensors absent goes with nothing of transformers 5.23.0: 5.23.0 wants "
       "safetensors "
       ">=0.8.0"},
      {"transformers==5.23.0,torch==1.9",
       "error transformers 5.23.0 takes torch 2.6.0 and later, and goes on as if torch 1.9 were "
       "not "
       "there"},
      {"transformers>=4.50,<5,torch==2.0.1",
       "warning torch 2.0.1 goes with not every release of transformers >=4.50,<5: 4.52.1 wants "
       "torch <2.7,>=2.1"},
      {"transformers==4.37.2,torch==1.10",
       "warning torch 1.10 goes with nothing of transformers 4.37.2: 4.37.2 wants torch "
       "!=1.12.0,>=1.11"},
      {"transformers>=4.37,<4.41,tokenizers==0.15.2",
       "warning tokenizers 0.15.2 goes with not every release of transformers >=4.37,<4.41: 4.40.0 "
       "wants tokenizers <0.20,>=0.19"},
      {"transformers>=4.40,<4.45,tokenizers<0.19",
       "error tokenizers <0.19 goes with no release of transformers >=4.40,<4.45: 4.40.0 wants "
       "tokenizers <0.20,>=0.19"},
      {"transformers==99.0",
       "warning transformers 99.0 is not in the knowledge base, which ends at 5.24.0"},
      {"transformers==4.99.0",
       "warning transformers 4.99.0 is no release that is known: 4.57.6 comes before it, 5.0.0 "
       "after it"},
      {"transformers==2.11.0",
       "warning transformers 2.11.0 is older than what is known, from 3.0.0 on"},
      {"transformers>=4.98,<4.99",
       "warning transformers >=4.98,<4.99 holds no release that is known, up to 5.24.0"},
      {"python==3.6.*", ""},
      {"python==3.10,torch==1.9.0",
       "error torch 1.9.0 has no wheel for python 3.10: there are those of torch >=1.11.0,<2.15.0"},
      {"python>=3.8,<3.10,torch>=2.9",
       "error torch >=2.9 has no wheel for python >=3.8,<3.10: there are those of torch "
       ">=1.4.0,<2.5.0, or >=1.7.1,<2.9.0"},
      {"python>=3.8,torch==1.9.0", ""},
      {"python==3.15,torch==1.9.0", ""},
      {"transformers==4.30.0,torch==1.9.0",
       "warning transformers 4.30.0 reads no safetensors file with torch 1.9.0"},
      // PEFT, and servers.
      {"transformers==4.37.2,peft==0.15.0,python==3.8",
       "error python 3.8 goes with nothing of peft 0.15.0: 0.15.0 wants python >=3.9.0"},
      {"transformers==4.37.2,peft==0.15.0,python==3.9", ""},
      {"peft==0.15.0,torch==1.9.0",
       "error torch 1.9.0 goes with nothing of peft 0.15.0: 0.15.0 wants torch >=1.13.0"},
      {"peft>=0.3,<0.16,python==3.7",
       "warning python 3.7 goes with not every release of peft >=0.3,<0.16: 0.4.0 wants python "
       ">=3.8.0"},
      {"peft==0.15.0,transformers=absent",
       "error transformers absent goes with nothing of peft 0.15.0: 0.15.0 wants transformers"},
      {"peft==99.0,torch==1.9.0", ""},
      {"peft=absent,torch==1.9.0", ""},
      {"vllm==0.10.0,transformers==4.30.0",
       "error transformers 4.30.0 does not go with vllm 0.10.0: the built-in target vllm/0.10.0 "
       "has transformers >=4.53.2"},
      {"vllm==0.10.0,transformers==4.54.0", ""},
      {"vllm==0.10.7,transformers==4.30.0", ""},
      {"torchserve==0.12.0,torch==1.9.0",
       "error torch 1.9.0 does not go with torchserve 0.12.0: the built-in target "
       "torchserve/0.12.0 has torch 2.4.0"},
  };
  for (const auto& [target, problems] : table) {
    const auto given = ReadTarget(target);
    ASSERT_TRUE(given) << given.error().Message();
    std::string text;
    const auto found = LintTarget(*given, {2026, 1, 1});
    for (const TargetProblem& problem : *found) {
      text += (text.empty() ? "" : "; ") + std::string(problem.error ? "error " : "warning ") +
              problem.text;
    }
    EXPECT_EQ(text, problems) << target;
  }
}

TEST(Lint, NoBuiltinTargetIsImpossible) {
  const auto profiles = Profiles();
  ASSERT_TRUE(profiles);
  for (const Profile& profile : *profiles) {
    const auto problems = LintTarget(*ReadTarget(profile.name), {2026, 1, 1});
    for (const TargetProblem& problem : *problems) {
      EXPECT_FALSE(problem.error) << profile.name << ": " << problem.text;
    }
  }
}

TEST(Init, ThePackageMeetsIt) {
  const std::string packages = std::string(WL_TEST_DATA) + "/packages/";
  for (const auto& entry : std::filesystem::directory_iterator(packages)) {
    if (entry.path().extension() == ".json") continue;
    const auto text = InitContract(entry.path().string());
    ASSERT_TRUE(text) << entry.path();
    const auto given = ReadText(*text);
    ASSERT_TRUE(given) << given.error().Message();
    const Limits limits;
    const auto opened = OpenPackage(entry.path().string(), limits, nullptr, Hold::kDescriptions);
    for (const CheckFinding& f : JudgeContract(*given->contract, *opened, limits)) {
      ADD_FAILURE() << entry.path() << ": " << f.rule << " " << f.text;
    }
  }
}

TEST(Init, NamesOfThePackageAreQuoted) {
  const TemporaryFolder folder;
  WriteFile(folder / "config.json",
            R"({"architectures": ["\"]\nx = 1 #\\"], "transformers_version": "4.1\"\n"})");
  const auto text = InitContract(folder / ".");
  ASSERT_TRUE(text);
  const auto given = ReadText(*text);
  ASSERT_TRUE(given) << given.error().Message();
  EXPECT_EQ(given->contract->architectures, std::vector<std::string>{"\"]\nx = 1 #\\"});
  EXPECT_EQ(given->target.Find("transformers"), nullptr);
}

}  // namespace
}  // namespace weighlock
