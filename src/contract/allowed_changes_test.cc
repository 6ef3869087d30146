// What a contract lets be changed, of the keys in lines 5 and 6, and what it says of its platform.
#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "weighlock/contract.h"

namespace weighlock {
namespace {

const std::string kHead = "contract = 1\nid = \"a/b\"\nversion = \"2\"\n";

Result<GivenTarget> ReadText(const std::string& text) {
  const TemporaryFolder folder;
  WriteFile(folder / "handover.toml", text);
  return ReadTarget(folder / "handover.toml");
}

TEST(Contract, WhatMayBeChanged) {
  struct Change {
    const char* rules;
    const char* component;
    const char* version;
    const char* why;
  };
  const Change changes[] = {
      {"", "transformers", "4.45.0", ""},
      {"[runtime]\nmay_change = [\"transformers<=4.42\"]\n", "transformers", "4.41.0", ""},
      {"[runtime]\nmay_change = [\"transformers<=4.42\"]\n", "transformers", "4.45.0",
       "runtime.may_change (line 5) allows transformers<=4.42 alone"},
      {"[runtime]\nmay_change = [\"transformers<=4.42\"]\n", "torch", "2.6.0",
       "runtime.may_change (line 5) does not name torch"},
      {"[runtime]\nmay_change = \"Transformers == 4.45.0\"\n", "transformers", "4.45.0", ""},
      {"[runtime]\nmay_change = [\"torch\"]\n", "torch", "2.6.0", ""},
      {"[runtime]\nmay_change = [\"torch<2\", \"torch>=2.6,<3\"]\n", "torch", "2.6.0", ""},
      {"[runtime]\nmay_change = [\"torch<2\", \"torch>=2.6,<3\"]\n", "torch", "2.5.0",
       "runtime.may_change (line 5) allows torch<2 and torch>=2.6,<3 alone"},
  };
  for (const Change& c : changes) {
    const auto given = ReadText(kHead + c.rules);
    ASSERT_TRUE(given) << given.error().Message();
    EXPECT_EQ(given->contract->WhyNotBecome(c.component, *Version::Parse(c.version)), c.why)
        << c.rules << c.version;
  }
  struct Repair {
    const char* rules;
    const char* adaptation;
    const char* by;
  };
  const Repair repairs[] = {
      {"", "T1", ""},
      {"[policy]\nnever_adapt = [\"T1\"]\n", "T1", "policy.never_adapt (line 5)"},
      {"[policy]\nnever_adapt = [\"T1\"]\n", "T2", ""},
      {"[policy]\nnever_adapt = [\"T*\"]\n", "T2", "policy.never_adapt (line 5)"},
      {"[policy]\nadapt = [\"W*\"]\n", "T1", "policy.adapt (line 5)"},
      {"[policy]\nadapt = [\"W*\", \"T1\"]\n", "T1", ""},
      {"[policy]\nadapt = [\"T*\"]\nnever_adapt = [\"T1\"]\n", "T1", "policy.never_adapt (line 6)"},
  };
  for (const Repair& r : repairs) {
    const auto given = ReadText(kHead + r.rules);
    ASSERT_TRUE(given) << given.error().Message();
    EXPECT_EQ(given->contract->Forbids(r.adaptation), r.by) << r.rules << r.adaptation;
  }
}

TEST(Contract, APlatformOfWhichNothingIsKnownIsNoted) {
  for (const char* kind :
       {"vertex", "azureml", "tf-serving", "sagemaker-lmi", "modelcar", "hf-repo"}) {
    const auto given =
        ReadText(kHead + "extends = \"sagemaker-hf/4.37.0\"\n[target]\nkind = \"" + kind + "\"\n");
    ASSERT_TRUE(given) << given.error().Message();
    EXPECT_EQ(given->target.platform, Platform::kUnknown);
    ASSERT_FALSE(given->notes.empty());
    EXPECT_EQ(given->notes.back(),
              "target.kind is " + std::string(kind) +
                  ": what that platform wants of a package's form and layout is not known here, "
                  "and is judged by nothing");
  }
  EXPECT_TRUE(ReadText(kHead + "[target]\nkind = \"tgi\"\n")->notes.empty());
}

}  // namespace
}  // namespace weighlock
