// Names of platforms, and which of them a misspelt one may have meant.
#include "weighlock/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"

namespace weighlock {
namespace {

constexpr std::pair<std::string_view, Platform> kPlatforms[] = {
    {"plain", Platform::kPlain},
    {"sagemaker-hf", Platform::kSageMakerHf},
    {"sagemaker-pytorch", Platform::kSageMakerPyTorch},
    {"tgi", Platform::kTgi},
    {"kserve", Platform::kKserve},
    {"vllm", Platform::kVllm},
    {"tei", Platform::kTei},
    {"torchserve", Platform::kTorchServe},
    {"triton", Platform::kTriton},
    {"mlflow", Platform::kMlflow},
};

// Letters to insert, drop or replace. Quadratic: both are short.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row[b.size()];
}

// The one that `name` begins, or that is few letters away; empty: none.
std::string_view Nearest(std::string_view name) {
  if (name.empty() || name.size() > 32) return {};
  std::string_view best;
  size_t least = name.size() / 3 + 1;
  for (const auto& [known, platform] : kPlatforms) {
    if (known.starts_with(name)) return known;
    const size_t distance = Distance(name, known);
    if (distance > least || (distance == least && !best.empty())) continue;
    least = distance;
    best = known;
  }
  return best;
}

}  // namespace

bool IsSageMaker(Platform platform) {
  return platform == Platform::kSageMakerHf || platform == Platform::kSageMakerPyTorch;
}

std::string_view PlatformName(Platform platform) {
  for (const auto& [name, known] : kPlatforms) {
    if (known == platform) return name;
  }
  return {};
}

Result<Platform> ParsePlatform(std::string_view name) {
  for (const auto& [known, platform] : kPlatforms) {
    if (known == name) return platform;
  }
  if (const std::string_view nearest = Nearest(name); !nearest.empty()) {
    return Error(Code::kUsage,
                 fmt::format("no platform {}; the nearest one is {}", Quote(name, 80), nearest));
  }
  std::string all;
  for (const auto& [known, platform] : kPlatforms) {
    if (!all.empty()) all += ", ";
    all += known;
  }
  return Error(Code::kUsage, fmt::format("no platform {}; there are {}", Quote(name, 80), all));
}

}  // namespace weighlock
