// What a text says that is there, and which upgrades are then none.
#include "explain/installed.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

std::string Named(std::string_view text) {
  std::string out;
  for (const auto& [name, version] : NamedVersions(text)) {
    out += (out.empty() ? "" : ", ") + name + " " + version.text();
  }
  return out;
}

TEST(NamedVersions, WhatIsThereAndWhatIsOnlyWanted) {
  const std::pair<const char*, const char*> table[] = {
      {"transformers version 4.40", "transformers 4.40"},
      {"- `transformers` version: 4.37.2", "transformers 4.37.2"},
      {"/usr/lib/python3.10/site-packages/transformers-4.40.0.dist-info/METADATA",
       "transformers 4.40.0"},
      {"transformers-4.36.2-py3-none-any.whl and torch-2.1.0+cu118-cp310-cp310-linux_x86_64.whl",
       "torch 2.1.0, transformers 4.36.2"},
      {"torch==1.13.1\ntransformers==4.30.2\n", "torch 1.13.1, transformers 4.30.2"},
      {"transformers              4.30.2\ntorch                     2.0.1+cu118",
       "torch 2.0.1, transformers 4.30.2"},
      {"PyTorch version (GPU?): 2.1.2 (True)\n", ""},
      {"We use Transformers v4.41.0.dev0", "transformers 4.41.0.dev0"},
      {"{\"transformers\": \"4.40.1\", \"numpy\": \"1.26.4\"}",
       "numpy 1.26.4, transformers 4.40.1"},
      {"Successfully installed transformers-4.40.1", "transformers 4.40.1"},
      {"but found tokenizers==0.13.3.", "tokenizers 0.13.3"},
      {"transformers version 4.40, that is transformers-4.40.2", "transformers 4.40.2"},
      // Of another package, of the package itself, or only wanted.
      {"\"transformers_version\": \"4.37.2\"", ""},
      {"sentence-transformers==2.2.2", "sentence-transformers 2.2.2"},
      {"mytransformers-4.40.0", ""},
      {"transformers>=4.45", ""},
      {"This model requires transformers 4.45.0", ""},
      {"please upgrade transformers to 4.45.0", ""},
      {"pip install transformers==4.45.0", ""},
      {"transformers 4.45.0 or later", ""},
      {"was transformers==4.30.2, now is transformers==4.40.2", ""},
      {"transformers 4", ""},
      {"transformers", ""},
  };
  for (const auto& [text, named] : table) EXPECT_EQ(Named(text), named) << text;
}

// "transformers 4.28.0, the first that knows llama", and what is noted.
std::string Helps(std::string_view text, const Target* target = nullptr) {
  const auto report = ExplainMessage(text, target);
  if (!report || report->found.empty()) return "nothing";
  std::string out;
  for (const Remedy& remedy : report->found[0].failure.upgrades) {
    out += (out.empty() ? "" : "; ") + remedy.component + " " + remedy.version +
           (remedy.version.empty() || remedy.also.empty() ? "" : ", ") + remedy.also;
  }
  for (const std::string& note : report->notes) out += " | " + note;
  return out;
}

TEST(Installed, UpgradesThatLieBehindAreNone) {
  const std::pair<const char*, const char*> table[] = {
      {"KeyError: 'llama'", "transformers 4.28.0, the first that knows llama"},
      {"transformers version: 4.27.4\nKeyError: 'llama'",
       "transformers 4.28.0, the first that knows llama"},
      {"I have transformers version 4.40.\nKeyError: 'llama'",
       "transformers the text names 4.40, and 4.28.0, the first that knows llama, was enough: an "
       "older one is no upgrade | the text names 4.40 of transformers, and these words are those "
       "of <4.37.0: another one runs there"},
      {"transformers-4.36.2.dist-info\nKeyError: 'llama'",
       "transformers the text names 4.36.2, and 4.28.0, the first that knows llama, was enough: "
       "an older one is no upgrade"},
      // The words themselves say which releases it can be.
      {"ValueError: The checkpoint you are trying to load has model type `llama` but Transformers "
       "does not recognize this architecture.",
       "transformers only 4.37.0 and later say these words, and 4.28.0, the first that knows "
       "llama, was "
       "enough: an older one is no upgrade"},
      {"transformers==5.2.0\nValueError: The checkpoint you are trying to load has model type "
       "`transfo-xl` but Transformers does not recognize this architecture.",
       "transformers 5.0.0 and later do not know transfo-xl: the last that does is 4.57.6"},
      // Of the same words those are meant that the release says.
      {"transformers 4.33.1\nAttributeError: 'NoneType' object has no attribute 'get'",
       "transformers 4.48.0"},
      {"torch==2.7.0\nValueError: Due to a serious vulnerability issue in `torch.load`, even with",
       "torch the text names 2.7.0, and 2.6.0 was enough: an older one is no upgrade"},
      {"transformers==4.25.1\nOSError: Error no file named pytorch_model.bin, tf_model.h5, "
       "model.ckpt.index or flax_model.msgpack found in directory m.",
       "transformers 4.30.0; transformers the text names 4.25.1, and 4.23.0, the safetensors "
       "package installed, was enough: an older one is no upgrade"},
  };
  for (const auto& [text, helps] : table) EXPECT_EQ(Helps(text), helps) << text;
}

TEST(Installed, TheTargetWinsOverTheText) {
  const char* text = "transformers==4.20.0\nKeyError: 'llama'";
  const std::pair<const char*, const char*> table[] = {
      {"transformers==4.27.1", "transformers 4.28.0, the first that knows llama"},
      {"transformers>=4.26,<4.36", "transformers 4.28.0, the first that knows llama"},
      {"transformers>=4.30,<4.36",
       "transformers the target has >=4.30,<4.36, and 4.28.0, the first that knows llama, was "
       "enough: an older one is no upgrade"},
      {"torch==2.1,transformers=absent", "transformers 4.28.0, the first that knows llama"},
  };
  for (const auto& [target, helps] : table) {
    const auto parsed = ParseTarget(target);
    ASSERT_TRUE(parsed) << target;
    EXPECT_EQ(Helps(text, &*parsed), helps) << target;
  }
}

}  // namespace
}  // namespace weighlock
