// The platforms that a package is handed to, told apart by how they unpack it and look for a model.
#pragma once

#include <cstdint>
#include <string_view>

#include "weighlock/result.h"

namespace weighlock {

// kUnknown: the target does not say. kPlain: a folder that a library is pointed at; nobody unpacks
// or moves anything.
enum class Platform : uint8_t {
  kUnknown,
  kPlain,
  kSageMakerHf,
  kSageMakerPyTorch,
  kTgi,
  kKserve,
  kVllm,
  kTei,
  kTorchServe,
  kTriton,
  kMlflow,
};

// Whether a container of SageMaker unpacks the package.
bool IsSageMaker(Platform platform);

// "sagemaker-hf", "tgi", ...; empty for kUnknown.
std::string_view PlatformName(Platform platform);

// kUsage names the nearest one that there is, or all of them where none is near.
Result<Platform> ParsePlatform(std::string_view name);

}  // namespace weighlock
