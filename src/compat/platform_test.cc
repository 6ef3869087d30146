// Platforms by their names, and what is said of names that are none.
#include "weighlock/platform.h"

#include <gtest/gtest.h>

#include "weighlock/target.h"

namespace weighlock {
namespace {

TEST(Platform, EachNameLeadsBackToItself) {
  size_t known = 0;
  for (int i = 1; i < 64; ++i) {
    const std::string_view name = PlatformName(static_cast<Platform>(i));
    if (name.empty()) continue;
    ++known;
    EXPECT_EQ(static_cast<int>(*ParsePlatform(name)), i);
  }
  EXPECT_EQ(known, 10U);
  EXPECT_EQ(PlatformName(Platform::kUnknown), "");
}

TEST(Platform, Refused) {
  const std::string all =
      "; there are plain, sagemaker-hf, sagemaker-pytorch, tgi, kserve, vllm, tei, torchserve, "
      "triton, mlflow";
  const std::pair<const char*, std::string> table[] = {
      {"sagemaker", "; the nearest one is sagemaker-hf"},
      {"TGI", all},
      {"vlm", "; the nearest one is vllm"},
      {"torch-serve", "; the nearest one is torchserve"},
      {"tritonserver", all},
      {"", all},
  };
  for (const auto& [name, said] : table) {
    auto platform = ParsePlatform(name);
    ASSERT_FALSE(platform) << name;
    EXPECT_EQ(platform.error().Message(),
              "usage: no platform \"" + std::string(name) + "\"" + said);
  }
}

TEST(Platform, InATarget) {
  const std::pair<const char*, Platform> table[] = {
      {"transformers==4.37.2", Platform::kUnknown},
      {"platform=tgi", Platform::kTgi},
      {"Platform == vllm , transformers==4.57.3", Platform::kVllm},
      {"transformers==4.11.3,sagemaker=present", Platform::kSageMakerHf},
      {"transformers==4.11.3,sagemaker=absent", Platform::kPlain},
  };
  for (const auto& [text, platform] : table) {
    auto target = ParseTarget(text);
    ASSERT_TRUE(target) << text << target.error().Message();
    EXPECT_EQ(target->platform, platform) << text;
    EXPECT_EQ(target->Find("platform"), nullptr);
    EXPECT_EQ(target->Find("sagemaker"), nullptr);
  }
  EXPECT_EQ(ParseTarget("platform=trito").error().Message(),
            "usage: target \"platform=trito\": no platform \"trito\"; the nearest one is triton; "
            "wanted a list like transformers==4.11.3,torch==1.9.0,safetensors=absent");
  EXPECT_EQ(ParseTarget("platform=tgi,sagemaker=present").error().Message(),
            "usage: target \"sagemaker=present\": named twice; wanted a list like "
            "transformers==4.11.3,torch==1.9.0,safetensors=absent");
}

}  // namespace
}  // namespace weighlock
