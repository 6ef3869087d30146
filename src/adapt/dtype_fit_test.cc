// Dtypes against versions and ranges of torch and safetensors, by table.
#include "adapt/dtype_fit.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

TEST(DTypeFit, Table) {
  constexpr auto kZip = WeightsForm::kTorchZip, kLegacy = WeightsForm::kTorchLegacy,
                 kSafe = WeightsForm::kSafetensors;
  const struct {
    DType dtype;
    WeightsForm form;
    const char* target;
    const char* why;
  } table[] = {
      {DType::kF8E4M3, kZip, "torch==1.9.1", "loads from torch 2.2 on, the target has 1.9.1"},
      {DType::kF8E4M3, kZip, "torch>=1.9,<2",
       "loads from torch 2.2 on, the target says \">=1.9,<2\""},
      {DType::kF8E4M3, kZip, "torch>=2.1,<2.4",
       "loads from torch 2.2 on, the target says \">=2.1,<2.4\""},
      {DType::kF8E4M3, kZip, "torch>=2.2,<2.4", ""},
      {DType::kF8E4M3, kZip, "torch==2.2.0", ""},
      {DType::kF8E4M3, kZip, "torch=present", ""},  // it does not say which
      {DType::kF8E4M3, kZip, "torch=absent", ""},
      {DType::kF8E4M3, kZip, "transformers==4.37.2", ""},
      {DType::kF32, kLegacy, "torch==1.4.0", ""},
      {DType::kBF16, kLegacy, "torch==1.2.0", "loads from torch 1.3 on, the target has 1.2.0"},
      {DType::kU16, kSafe, "torch==2.5.1", "loads from torch 2.6 on, the target has 2.5.1"},
      {DType::kC64, kSafe, "safetensors==0.4.3",
       "is not read by safetensors 0.4.3, the target has 0.4.3"},
      {DType::kC64, kZip, "safetensors==0.4.3,torch==2.1.2", ""},
      {DType::kF8E4M3, kSafe, "safetensors==0.4.0",
       "is not read by safetensors 0.4.0, the target has 0.4.0"},
      {DType::kF8E4M3, kSafe, "safetensors==0.4.3", ""},
      {DType::kF32, kSafe, "safetensors==0.3.1", ""},
      {DType::kF32, kSafe, "safetensors>=0.3,<0.5", ""},
  };
  const auto safetensors = LibraryAnswers::Safetensors();
  ASSERT_TRUE(safetensors);
  for (const auto& [dtype, form, target, why] : table) {
    const auto runtime = ParseTarget(target);
    ASSERT_TRUE(runtime) << target;
    EXPECT_EQ(WhyDTypeMisfits(dtype, form, *runtime, *safetensors), why)
        << Info(dtype).name << " for " << target;
  }
}

TEST(DTypeFit, ARangeOfSafetensorsMustReadItThroughout) {
  const auto safetensors = LibraryAnswers::Safetensors();
  const auto split = ParseTarget("safetensors>=0.4.0,<0.4.4");
  const auto good = ParseTarget("safetensors>=0.4.2,<0.4.4");
  EXPECT_NE(WhyDTypeMisfits(DType::kF8E4M3, WeightsForm::kSafetensors, *split, *safetensors), "");
  EXPECT_EQ(WhyDTypeMisfits(DType::kF8E4M3, WeightsForm::kSafetensors, *good, *safetensors), "");
}

TEST(DTypeFit, TheFirstTensorIsNamed) {
  const auto target = ParseTarget("torch>=1.9,<2");
  std::vector<Tensor> tensors(2);
  tensors[0].name = "a";
  tensors[0].dtype = DType::kF32;
  tensors[1].name = "b";
  tensors[1].dtype = DType::kF8E5M2;
  const Status refused = RefuseMisfits(tensors, WeightsForm::kTorchZip, *target, "m.safetensors");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where(), "m.safetensors");
  EXPECT_EQ(refused.error().what(),
            "tensor \"b\": F8_E5M2 loads from torch 2.2 on, the target says "
            "\">=1.9,<2\"");
  tensors.pop_back();
  EXPECT_TRUE(RefuseMisfits(tensors, WeightsForm::kTorchZip, *target, "m.safetensors"));
}

}  // namespace
}  // namespace weighlock
