// quantization_config: which quantizers a release has, and what they ask of the machine and of
// other libraries.
#include <gtest/gtest.h>

#include "support/rule_cases.h"

namespace weighlock {
namespace {

CheckedFiles Quantized(const std::string& how) {
  return SmallModel(R"({"model_type": "llama", "quantization_config": {)" + how + "}}");
}

CheckedFiles By(const std::string& method) {
  return Quantized(R"("quant_method": ")" + method + "\"");
}

TEST(Quantizers, OfBitsAndBytes) {
  const CheckedFiles eight = Quantized(R"("load_in_8bit": true)");
  const CheckedFiles four = Quantized(R"("quant_method": "bitsandbytes", "load_in_4bit": true)");
  const RuleCase cases[] = {
      {"WL-W-082", eight, "transformers==4.40.2", "FAIL",
       "ImportError: Using `bitsandbytes` 8-bit quantization requires Accelerate: `pip install "
       "accelerate` and the latest version of bitsandbytes: `pip install -i "
       "https://pypi.org/simple/ bitsandbytes`"},
      {"WL-W-082", eight, "transformers==4.41.0", "FAIL",
       "RuntimeError: No GPU found. A GPU is needed for quantization."},
      {"WL-W-082", eight, "transformers==4.41.0,accelerate==0.30.0,bitsandbytes==0.43.0", "", ""},
      {"WL-W-082", eight, "transformers==4.37.2", "", ""},
      {"WL-W-082", four, "transformers==4.51.3", "", ""},
      {"WL-W-150", four, "transformers==4.57.6,python==3.10", "FAIL",
       "PackageNotFoundError: No package metadata was found for bitsandbytes"},
      {"WL-W-150", four, "transformers==4.38.2,python==3.8", "FAIL",
       "PackageNotFoundError: bitsandbytes"},
      {"WL-W-150", four, "transformers==4.38.2,bitsandbytes==0.43.0", "", ""},
      {"WL-W-150", four, "transformers==5.0.0,accelerate==1.1.0", "FAIL",
       "ImportError: Using `bitsandbytes` 4-bit quantization requires bitsandbytes: `pip install "
       "-U bitsandbytes>=0.46.1`"},
      {"WL-W-150", four, "transformers==5.0.0", "", ""},
      {"WL-W-151", eight, "transformers==4.45.2,accelerate==1.1.0", "FAIL",
       "ImportError: Using `bitsandbytes` 8-bit quantization requires the latest version of "
       "bitsandbytes: `pip install -U bitsandbytes`"},
      {"WL-W-151", eight, "transformers==4.44.2,accelerate==1.1.0", "", ""},
  };
  TryRules(cases);
}

TEST(Quantizers, OfOtherLibraries) {
  const RuleCase cases[] = {
      {"WL-W-152", By("gptq"), "transformers==4.37.2", "FAIL",
       "RuntimeError: GPU is required to quantize or run quantize model."},
      {"WL-W-152", By("gptq"), "transformers==4.47.1", "FAIL",
       "ModuleNotFoundError: No module named 'optimum'"},
      {"WL-W-152", By("gptq"), "transformers==4.48.0", "FAIL",
       "ImportError: Loading a GPTQ quantized model requires optimum (`pip install optimum`)"},
      {"WL-W-152", By("gptq"), "transformers==4.48.0,optimum==1.24.0", "", ""},
      {"WL-W-153", By("awq"), "transformers==4.45.2", "FAIL",
       "ValueError: AWQ is only available on GPU"},
      {"WL-W-153", By("awq"), "transformers==4.46.0", "FAIL",
       "ImportError: Loading an AWQ quantized model requires auto-awq library (`pip install "
       "autoawq`)"},
      {"WL-W-153", By("awq"), "transformers==4.46.0,autoawq==0.2.6", "", ""},
      {"WL-W-154", By("aqlm"), "transformers==4.38.2", "FAIL",
       "ImportError: Using `aqlm` quantization requires Accelerate: `pip install accelerate`"},
      {"WL-W-154", By("aqlm"), "transformers==4.38.2,accelerate==0.26.0", "", ""},
      {"WL-W-155", By("bitnet"), "transformers==4.46.3", "FAIL",
       "ImportError: Loading a BitNet quantized model requires accelerate (`pip install "
       "accelerate`)"},
      {"WL-W-155", By("bitnet"), "transformers==4.46.3,accelerate==0.26.0", "", ""},
      {"WL-W-156", By("vptq"), "transformers==4.48.3", "FAIL",
       "ImportError: Using `vptq` quantization requires Accelerate: `pip install accelerate`"},
      {"WL-W-156", By("vptq"), "transformers==4.47.1", "", ""},
      {"WL-W-157", By("mxfp4"), "transformers==4.57.6", "FAIL",
       "ModuleNotFoundError: No module named 'accelerate'"},
      {"WL-W-157", By("mxfp4"), "transformers==5.2.0", "", ""},
      {"WL-W-157", By("mxfp4"), "transformers==5.3.0", "FAIL",
       "ImportError: Using mxfp4 requires Accelerate: `pip install accelerate`"},
      {"WL-W-158", By("compressed-tensors"), "transformers==4.49.0", "FAIL",
       "ModuleNotFoundError: No module named 'compressed_tensors'"},
      {"WL-W-158", By("compressed-tensors"), "transformers==5.10.4", "FAIL",
       "ImportError: compressed-tensors>=0.15.0 is required for compressed-tensors quantization. "
       "Please install it with `pip install compressed-tensors>=0.15.0`."},
      {"WL-W-158", By("compressed-tensors"), "transformers==4.49.0,compressed-tensors==0.9.0", "",
       ""},
  };
  TryRules(cases);
}

TEST(Quantizers, OfLibrariesThatFewHave) {
  const RuleCase cases[] = {
      {"WL-W-159", By("eetq"), "transformers==5.0.0", "FAIL",
       "ImportError: Loading an EETQ quantized model requires kernels (`pip install kernels`)"},
      {"WL-W-159", By("eetq"), "transformers==4.57.6,eetq==1.0.0", "", ""},
      {"WL-W-160", By("hqq"), "transformers==4.49.0", "FAIL",
       "UnboundLocalError: local variable 'HQQBaseQuantizeConfig' referenced before assignment"},
      {"WL-W-160", By("hqq"), "transformers==4.50.0,hqq==0.2.1", "", ""},
      {"WL-W-161", By("quanto"), "transformers==4.45.2", "FAIL",
       "ImportError: Loading a quanto quantized model requires quanto library (`pip install "
       "quanto`)"},
      {"WL-W-161", By("quanto"), "transformers==4.46.0,optimum-quanto==0.2.5", "", ""},
      {"WL-W-162", By("torchao"), "transformers==4.46.3,python==3.10", "FAIL",
       "PackageNotFoundError: No package metadata was found for torchao"},
      {"WL-W-162", By("torchao"), "transformers==4.45.2,python==3.10", "FAIL",
       "ValueError: TorchAoConfig requires torchao to be installed, please install with `pip "
       "install torchao`"},
      {"WL-W-162", By("torchao"), "transformers==4.47.1", "FAIL",
       "ValueError: TorchAoConfig requires torchao to be installed, please install with `pip "
       "install torchao`"},
      {"WL-W-162", By("torchao"), "transformers==5.4.0", "FAIL",
       "ModuleNotFoundError: No module named 'torchao'"},
      {"WL-W-162", By("torchao"), "transformers==5.4.0,torchao==0.15.0", "", ""},
      {"WL-W-163", By("fbgemm_fp8"), "transformers==5.0.0", "FAIL",
       "ImportError: Using fbgemm fp8 quantization requires a GPU or XPU"},
      {"WL-W-163", By("fbgemm_fp8"), "transformers==4.42.4", "", ""},
      {"WL-W-164", By("higgs"), "transformers==4.48.0", "FAIL",
       "NotImplementedError: HIGGS quantization is only supported on GPU. Please use a different "
       "quantizer."},
      {"WL-W-164", By("higgs"), "transformers==4.48.0,flute-kernel==0.3.0", "", ""},
  };
  TryRules(cases);
}

}  // namespace
}  // namespace weighlock
