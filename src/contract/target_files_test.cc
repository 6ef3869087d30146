// Targets from files and by name: what each way of writing one is read as, and what is refused.
#include <gtest/gtest.h>

#include "contract/nearest.h"
#include "contract/profiles.h"
#include "support/temporary_folder.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

struct Case {
  const char* file;
  std::string text;
  const char* target;  // "transformers 4.11.3, torch present", or the error
};

// The named components among those that tests look at, or the error without its folder.
std::string Read(const Case& c, GivenTarget* out = nullptr) {
  const TemporaryFolder folder;
  WriteFile(folder / c.file, c.text);
  auto given = ReadTarget(folder / c.file);
  if (!given) {
    std::string message = given.error().Message();
    const size_t at = message.find(folder / "");
    return at == std::string::npos ? message : message.erase(at, (folder / "").size());
  }
  std::string text;
  for (const char* name :
       {"transformers", "torch", "tokenizers", "safetensors", "python", "numpy"}) {
    const Component* component = given->target.Find(name);
    if (component == nullptr) continue;
    text += (text.empty() ? "" : ", ") + std::string(name) + " " + component->Text();
  }
  if (out != nullptr) *out = *std::move(given);
  return text;
}

TEST(PipList, Table) {
  const Case table[] = {
      {"requirements.txt", "transformers==4.11.3\ntorch>=1.9,<2\n",
       "transformers 4.11.3, torch >=1.9,<2"},
      {"requirements.txt",
       "# a comment\n\nTransformers[torch,sentencepiece] >= 4.36, < 4.40  # pin\n",
       "transformers >= 4.36, < 4.40"},
      {"requirements.txt", "transformers (==4.36.*)\r\ntorch~=2.1\r\n",
       "transformers ==4.36.*, torch ~=2.1"},
      {"requirements.txt", "transformers\n--index-url https://example.org\n",
       "transformers present"},
      {"requirements.txt", "torch @ file:///croot/torch_1669/work\ntransformers==4.30.2\n",
       "transformers 4.30.2, torch present"},
      {"requirements.txt", "https://example.org/torch-1.9.0.whl\ntransformers==4.30.2\n",
       "transformers 4.30.2"},
      {"requirements.txt", "-e git+https://example.org/t.git@v4#egg=transformers\n",
       "transformers present"},
      {"requirements.txt",
       "transformers==4.36.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\ntorch==2.1.0\n",
       "transformers 4.36.2, torch 2.1.0"},
      {"requirements.txt", "torch==2.1.0 ; python_version >= \"3.8\"\n", "torch 2.1.0"},
      {"requirements.txt",
       "torch==2.1.0 ; python_version >= \"3.8\"\ntorch==1.9.0 ; python_version < \"3.8\"\n",
       "torch present"},
      {"requirements.txt", "torch==2.1.0; sys_platform == 'win32'\ntransformers==4.1\n",
       "transformers 4.1"},
      {"requirements.txt", "transformers==2023!x\n", "transformers present"},
      {"requirements.txt", "\\\ntorch==1.9\n", "torch 1.9"},
      {"requirements.txt", "\xEF\xBB\xBFtransformers==4.36.2\n", "transformers 4.36.2"},
      {"requirements.txt", "transformers==4.36.2\rtorch==2.1.0\r",
       "transformers 4.36.2, torch 2.1.0"},
      {"requirements.txt", "torch==1.9\rtorch==2.0\r",
       "requirements.txt:2: usage: \"torch\" is named twice, and otherwise in line 1"},
      // Addresses that say what is installed from them.
      {"requirements.txt",
       "transformers @ https://example.org/transformers-4.40.0-py3-none-any.whl\n"
       "torch@https://example.org/torch-1.9.0%2Bcu111-cp38-cp38-linux_x86_64.whl ; "
       "python_version<'3.9'\n",
       "transformers 4.40.0, torch 1.9.0+cu111"},
      {"requirements.txt",
       "https://example.org/torch-2.1.0-1-cp38-cp38-linux_x86_64.whl#sha256=aa\n"
       "git+https://github.com/huggingface/transformers@v4.40.0#egg=transformers\n",
       "transformers 4.40.0, torch 2.1.0"},
      {"requirements.txt", "git+https://github.com/huggingface/tokenizers.git@v0.15.0\n",
       "tokenizers 0.15.0"},
      {"requirements.txt", "-e git+ssh://git@github.com/huggingface/transformers\n",
       "transformers present"},
      {"list.txt",
       "# platform: linux-64\nnumpy=1.21.0=py38h9894fe3_0\npython=3.8.13=h12debd9_0\n"
       "pytorch=1.9.0=py3.8_cuda10.2_0\ntransformers=4.11.3=pypi_0\n",
       "transformers 4.11.3, torch 1.9.0, tokenizers absent, safetensors absent, python 3.8.13, "
       "numpy 1.21.0"},
      {"requirements.txt", "transformers[torch] @ git+https://example.org/t.git@main\n",
       "transformers present"},
      {"requirements.txt", "transformers @ https://example.org/transformers-4.40.0.tar.gz\n",
       "transformers 4.40.0"},
      {"requirements.txt", "numpy==1.24.0\t--hash=sha256:aa\n", "numpy 1.24.0"},
      // Conditions that hold nowhere where a model is served, and that may.
      {"requirements.txt", "torch==2.1.0; extra == 'dev'\ntransformers==4.1\n", "transformers 4.1"},
      {"requirements.txt", "torch==2.1.0; sys_platform == 'darwin' or sys_platform == 'linux'\n",
       "torch 2.1.0"},
      {"requirements.txt", "-rbase.txt\ntransformers==4.1\n", "transformers 4.1"},
      // A list of pins in order is all that is installed, unless its name says otherwise.
      {"freeze.txt",
       "numpy==1.21.0\ntokenizers==0.10.3\ntorch==1.9.0+cu111\ntransformers==4.11.3\n",
       "transformers 4.11.3, torch 1.9.0+cu111, tokenizers 0.10.3, safetensors absent, numpy "
       "1.21.0"},
      {"requirements.txt", "numpy==1.21.0\ntokenizers==0.10.3\ntransformers==4.11.3\n",
       "transformers 4.11.3, tokenizers 0.10.3, numpy 1.21.0"},
      // Sorted by hand: of what comes with transformers, half is not there.
      {"deps.txt", "numpy==1.21.0\ntokenizers==0.10.3\ntorch==1.9.0\ntransformers==4.11.3\n",
       "transformers 4.11.3, torch 1.9.0, tokenizers 0.10.3, numpy 1.21.0"},
      {"env.txt",
       "numpy==1.21.0\npackaging==21.0\nregex==2021.8.3\ntokenizers==0.10.3\ntqdm==4.62.0\n"
       "transformers==4.11.3\n",
       "transformers 4.11.3, torch absent, tokenizers 0.10.3, safetensors absent, numpy 1.21.0"},
      {"freeze.txt",
       "# Editable install with no version control (transformers==4.40.0.dev0)\n-e "
       "/src/transformers\n"
       "numpy==1.21.0\ntokenizers==0.19.1\n",
       "transformers 4.40.0.dev0, torch absent, tokenizers 0.19.1, safetensors absent, numpy "
       "1.21.0"},
      {"list.txt",
       "Package      Version    Editable project location\n------------ ---------- -----\n"
       "numpy        1.21.0\ntransformers 4.11.3     /src/transformers\ntokenizers   0.10.3\n",
       "transformers 4.11.3, torch absent, tokenizers 0.10.3, safetensors absent, numpy 1.21.0"},
      {"list.txt", "torch==1.9.0\ntransformers==4.11.3\n", "transformers 4.11.3, torch 1.9.0"},
      {"list.txt", "torch==1.9.0\nnumpy==1.21.0\n", "torch 1.9.0, numpy 1.21.0"},
      // Hostile, or broken.
      {"requirements.txt", "",
       "requirements.txt: usage: no line of it names a package and a version"},
      {"requirements.txt", "torch==1.9\ntorch==2.0\n",
       "requirements.txt:2: usage: \"torch\" is named twice, and otherwise in line 1"},
      {"requirements.txt", "torch 1.9\n",
       "requirements.txt:1: usage: \"torch 1.9\": wanted a requirement like "
       "transformers>=4.36,<4.40"},
      {"requirements.txt", "torch[cuda==1\n",
       "requirements.txt:1: usage: \"torch[cuda==1\": wanted a requirement like "
       "transformers>=4.36,<4.40"},
      {"requirements.txt", "torch==1.9\n\x1b[2J\n",
       "requirements.txt:2: usage: a control character, \\x1b"},
      {"requirements.txt", std::string("torch==1\0.9\n", 12),
       "requirements.txt:1: usage: a control character, \\x00"},
      {"requirements.txt", "\xFF\xFEt\x01",
       "requirements.txt:1: usage: the text is UTF-16; wanted UTF-8 (PowerShell: -Encoding utf8)"},
      {"requirements.txt", "torch\xff==1\n", "requirements.txt: usage: the text is no UTF-8"},
      {"requirements.txt", std::string((1 << 20) + 1, '#'),
       "requirements.txt: over the limit: 1048577 bytes, at most 1048576 are read here"},
  };
  for (const Case& c : table) EXPECT_EQ(Read(c), c.target) << c.text.substr(0, 200);
}

TEST(PipList, SaysHowItWasRead) {
  GivenTarget given;
  Read({"freeze.txt", "numpy==1.21.0\ntokenizers==0.10.3\ntransformers==4.11.3\n", ""}, &given);
  EXPECT_EQ(given.read_as, "pip freeze, 3 packages; what it does not name is absent");
  Read({"requirements.txt", "git+https://example.org/transformers@main\n", ""}, &given);
  ASSERT_EQ(given.notes.size(), 1u);
  EXPECT_EQ(given.notes[0],
            "line 1: \"git+https://example.org/transformers@main\" is taken for the package "
            "transformers");
  Read({"requirements.txt", "-r base.txt\ntransformers==4.11.3 ; python_version < '4'\n", ""},
       &given);
  EXPECT_EQ(given.read_as, "requirements, 1 package; what it does not name is unknown");
  ASSERT_EQ(given.notes.size(), 2u);
  EXPECT_EQ(given.notes[0], "line 1: \"-r base.txt\" is not read");
  EXPECT_EQ(given.notes[1], "line 2: the condition \"python_version < '4'\" is taken to hold");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "-r more.txt\n";
  Read({"requirements.txt", many + "torch==1.9\n", ""}, &given);
  EXPECT_EQ(given.notes.size(), 21u);
  EXPECT_EQ(given.notes.back(), "and 980 more lines");
}

TEST(CondaFile, Table) {
  const std::string head = "name: serve\nchannels:\n  - conda-forge\n";
  const Case table[] = {
      {"environment.yml",
       head + "dependencies:\n  - python=3.8\n  - pytorch=1.9.0=py3.8_cuda10.2\n",
       "torch 1.9.0, python ==3.8.*"},
      {"environment.yml",
       head + "dependencies:\n  - python>=3.8,<3.11\n  - conda-forge::numpy==1.21.0\n  - pip\n"
              "  - pip:\n    - transformers[torch]>=4.36,<4.40\n    - torch==2.1\nprefix: /opt/x\n",
       "transformers >=4.36,<4.40, torch 2.1, python >=3.8,<3.11, numpy 1.21.0"},
      {"environment.yaml",
       "dependencies: [python=3.10.2=h1_0, numpy=1.21.0=py_0, transformers=4.11.3=pyhd8]\n",
       "transformers 4.11.3, torch absent, tokenizers absent, safetensors absent, python 3.10.2, "
       "numpy 1.21.0"},
      {"environment.yml", "dependencies:\n  - pytorch\n", "torch present"},
      {"environment.yml",
       "dependencies:\n  - pip\n  - pip:\n    - -e "
       "git+https://x.org/t.git@v4.36.2#egg=transformers\n"
       "    - torch @ https://x.org/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl\n",
       "transformers 4.36.2, torch 2.1.0+cu118"},
      {"environment.yml", "variables: {A: b}\ndependencies:\n  - \"torch=1.*\"\n", "torch ==1.*"},
      {"environment.yml", head,
       "environment.yml: usage: wanted an environment of conda, with dependencies"},
      {"environment.yml", "- a\n", "environment.yml:1: usage: a list where none can stand"},
      {"environment.yml", "dependencies: torch\n",
       "environment.yml:1: usage: dependencies is no list"},
      {"environment.yml", head + "depends:\n  - torch\n",
       "environment.yml:4: usage: unknown key \"depends\""},
      {"environment.yml", "dependencies: [torch]\ndependencies: [torch]\n",
       "environment.yml:2: usage: \"dependencies\" stands twice"},
      {"environment.yml", "dependencies:\n  - to;rch\n",
       "environment.yml:2: usage: \"to;rch\" names no package"},
      {"environment.yml", "dependencies:\n  - torch\n  - torch=1.9\n",
       "environment.yml:3: usage: \"torch\" is named twice"},
      {"environment.yml", "dependencies:\n  - &a torch\n  - *a\n",
       "environment.yml:2: usage: an anchor"},
      {"environment.yml", "dependencies:\n  - !!python/object torch\n",
       "environment.yml:2: usage: a tag"},
      {"environment.yml", "dependencies:\n  - conda:\n    - torch\n",
       "environment.yml:2: usage: wanted pip, found \"conda\""},
      {"environment.yml", "dependencies:\n  - [torch]\n",
       "environment.yml:2: usage: a list where none can stand"},
      {"environment.yml", "dependencies: [\"torch\n",
       "environment.yml:2: usage: no YAML: end of sequence flow not found"},
  };
  for (const Case& c : table) EXPECT_EQ(Read(c), c.target) << c.text;
  const std::string deep(200'000, '[');
  EXPECT_NE(Read({"environment.yml", "dependencies: " + deep, ""}).find("usage: "),
            std::string::npos);
  std::string braces = "dependencies: ";
  for (int i = 0; i < 100'000; ++i) braces += "{a: ";
  EXPECT_NE(Read({"environment.yml", braces, ""}).find("usage: "), std::string::npos);
}

TEST(Profiles, ByName) {
  const auto given = ReadTarget("sagemaker-hf/4.11.0");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->source, TargetSource::kProfile);
  EXPECT_EQ(given->target.Find("torch")->Text(), "1.9.0");
  EXPECT_EQ(given->target.Find("python")->Text(), "==3.8.*");
  EXPECT_EQ(given->target.Find("safetensors"), nullptr);  // not known of this image
  EXPECT_TRUE(ReadTarget("plain")->target.components.empty());
  const std::pair<const char*, const char*> table[] = {
      {"sagemaker-hf/4.11.1",
       "usage: target \"sagemaker-hf/4.11.1\": neither a built-in target nor a file; the nearest "
       "is "
       "sagemaker-hf/4.11.0; weighlock target list names the built-in ones"},
      {"nothing/like/it",
       "usage: target \"nothing/like/it\": neither a built-in target nor a file; weighlock target "
       "list names the built-in ones"},
      {"handover.toml", "handover.toml: usage: there is no such file"},
      {"transformers",
       "usage: target \"transformers\": no version; wanted a list like "
       "transformers==4.11.3,torch==1.9.0,safetensors=absent"},
  };
  for (const auto& [text, message] : table) {
    const auto target = ReadTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().Message(), message);
  }
}

// What stands behind the name of a built-in target wins over what it says.
TEST(Profiles, WithPins) {
  const auto given = ReadTarget("sagemaker-hf/4.11.0,torch>=2.0,<2.2,peft=absent,platform=tgi");
  ASSERT_TRUE(given) << given.error().Message();
  EXPECT_EQ(given->source, TargetSource::kProfile);
  EXPECT_EQ(given->target.text, "sagemaker-hf/4.11.0,torch>=2.0,<2.2,peft=absent,platform=tgi");
  EXPECT_EQ(given->target.Find("transformers")->Text(), "4.11.0");
  EXPECT_EQ(given->target.Find("torch")->Text(), ">=2.0,<2.2");
  EXPECT_TRUE(given->target.Find("peft")->absent);
  EXPECT_EQ(given->target.platform, Platform::kTgi);
  EXPECT_EQ(given->read_as,
            "built-in target sagemaker-hf/4.11.0, but with peft absent, torch >=2.0,<2.2, platform "
            "tgi; SageMaker's Hugging Face image for inference: transformers 4.11.0, torch 1.9.0");
  const std::pair<const char*, const char*> refused[] = {
      {"sagemaker-hf/4.11.1,torch==2.0",
       "usage: target \"sagemaker-hf/4.11.1\": neither a built-in target nor a file; the nearest "
       "is "
       "sagemaker-hf/4.11.0; weighlock target list names the built-in ones"},
      {"sagemaker-hf/4.11.0,",
       "usage: target \"\": an empty part; wanted a list like "
       "transformers==4.11.3,torch==1.9.0,safetensors=absent"},
      {"sagemaker-hf/4.11.0,tocrh==2.0",
       "usage: target \"tocrh==2.0\": \"tocrh\" is no component that is known; the nearest is "
       "torch"},
      {"/dev/null,torch==2.0",
       "usage: target \"/dev/null,torch==2.0\": pins go behind a built-in name only; write them "
       "into "
       "\"/dev/null\""},
  };
  for (const auto& [text, message] : refused) {
    const auto target = ReadTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().Message(), message);
  }
}

// A slip in a name would be a component that nobody asks about: check would pass over the pin.
TEST(Components, Slips) {
  const std::pair<const char*, const char*> refused[] = {
      {"transfomers==4.30", "transformers"},
      {"transformer==4.30", "transformers"},
      {"pytorch==2.0", "torch"},
      {"safetensor==0.4", "safetensors"},
      {"tokenizer==0.13", "tokenizers"},
      {"huggingfacehub==0.20", "huggingface-hub"},
      {"pythonn==3.8", "python"},
      {"sentence-piece==0.1", "sentencepiece"},
      {"numpi==1.24", "numpy"},
      {"Tranformers==4.30", "transformers"},
  };
  for (const auto& [text, meant] : refused) {
    const auto given = ReadTarget(text);
    ASSERT_FALSE(given) << text;
    EXPECT_NE(given.error().Message().find(std::string("the nearest is ") + meant),
              std::string::npos)
        << given.error().Message();
  }
  for (const char* text :
       {"numpy==1.24", "accelerate==0.26", "pandas==2.0", "torchx==0.5", "torchaudio==2.0",
        "scikit-learn==1.3", "tensorflow==2.11", "cupy==12.0", "triton==2.1", "deepspeed==0.12",
        "xformers==0.0.22", "datasets==2.16", "evaluate==0.4", "torchmetrics==1.0", "timm==0.9"}) {
    const auto given = ReadTarget(text);
    EXPECT_TRUE(given) << given.error().Message();
  }
  // Other people's lists are theirs: pip would have refused the slip.
  EXPECT_EQ(Read({"requirements.txt", "transfomers==4.30\ntorch==2.0\n", ""}), "torch 2.0");
}

TEST(Profiles, HostileTables) {
  const std::pair<const char*, const char*> table[] = {
      {"{}", "+0x0: malformed: wanted schema \"weighlock-targets/1\", packages and targets"},
      {R"({"schema": "weighlock-targets/1", "packages": [], "targets": [{"name": "a"}]})",
       "+0x3e: malformed: a target wants a name and components"},
      {R"({"schema": "weighlock-targets/1", "packages": [], "targets": [{"name": "a", "components": {"torch": "x"}}]})",
       "+0x64: malformed: \"x\" is no version; wanted one like 4.37.2 or 5.0.0rc1"},
  };
  for (const auto& [text, message] : table) {
    const auto read = ProfileTable::Parse(AsBytes(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().Message(), message);
  }
}

TEST(Nearest, Table) {
  const std::vector<std::string_view> words = {"require", "runtime", "forbid", "accept"};
  const std::pair<const char*, const char*> table[] = {
      {"requrie", "require"}, {"forbi", "forbid"}, {"zzz", ""}, {"", ""},
      {"accepts", "accept"},  {"limits", ""}};
  for (const auto& [given, nearest] : table) EXPECT_EQ(Nearest(given, words), nearest) << given;
  EXPECT_EQ(Nearest(std::string(1'000'000, 'a'), words), "");
}

}  // namespace
}  // namespace weighlock
