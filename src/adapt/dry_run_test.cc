// A dry run ends as the run would: what cannot be done is not promised.
#include <gtest/gtest.h>

#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "weighlock/adapt.h"

namespace weighlock {
namespace {

// The errors of both, which must be one.
std::string ErrorOfBoth(const std::string& input, const std::string& output, const char* target,
                        const AdaptOptions& options = {}) {
  const auto plan = PlanAdapt(input, *ParseTarget(target), options, output);
  const auto report = Adapt(input, output, *ParseTarget(target), options);
  if (plan || report) return plan ? "the plan is one" : "only the plan fails";
  EXPECT_EQ(plan.error().Message(), report.error().Message());
  return plan.error().Message();
}

TEST(DryRun, EndsAsTheRunWould) {
  TemporaryFolder folder;
  WriteFile(folder / "in/config.json", "{\"model_type\": \"bert\"}");
  WriteFile(folder / "in/model.safetensors",
            SafetensorsFile({{"w", "F32", "[16, 8]", Floats(128, 1)}}));
  WriteFile(folder / "taken/x", "");
  const char* target = "transformers==4.11.3,torch==1.9.0";
  EXPECT_EQ(
      ErrorOfBoth(folder / "in", folder / "taken", target),
      folder / "taken" +
          ": exists already: there is something of this name, and nothing is ever overwritten");
  EXPECT_EQ(ErrorOfBoth(folder / "in", folder / "o.tar.xz", target),
            folder / "o.tar.xz" +
                ": usage: wanted the name of a folder, or one ending in .tar, .tar.gz, .tgz or "
                ".zip");
  AdaptOptions disarm;
  disarm.disarm = disarm.no_pickle = true;
  EXPECT_EQ(ErrorOfBoth(folder / "in", folder / "o.tar.gz", "transformers>=4.30", disarm),
            folder / "o.tar.gz" +
                ": usage: --disarm writes a new folder, which is scanned before it appears; "
                "weighlock pack makes an archive of it");
}

// No torch has six bits.
TEST(DryRun, AConversionThatCannotBeIsNotPromised) {
  TemporaryFolder folder;
  WriteFile(folder / "in/config.json", "{\"model_type\": \"bert\"}");
  WriteFile(folder / "in/model.safetensors",
            SafetensorsFile({{"w", "F6_E2M3", "[2, 4]", "abcdef"}}));
  const std::string said =
      ErrorOfBoth(folder / "in", folder / "o", "transformers==4.11.3,torch==1.9.0");
  EXPECT_NE(said, "the plan is one");
  EXPECT_NE(said, "only the plan fails");
}

}  // namespace
}  // namespace weighlock
