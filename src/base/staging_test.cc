// What is staged appears whole or goes; what is not ours stays.
#include "base/staging.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

TEST(Staging, OnlyStaleFoldersOfOurOwnNamingAreRemoved) {
  TemporaryFolder folder;
  WriteFile(folder / ".out.weighlock-0123abcd/half", "written");
  WriteFile(folder / ".out.weighlock-backup/mine", "precious");
  WriteFile(folder / ".out.weighlock-0123abcd9/mine", "precious");
  WriteFile(folder / ".other.weighlock-0123abcd/mine", "another's");
  auto staged = StagedFolder::Create(folder / "out");
  ASSERT_TRUE(staged) << staged.error().Message();
  EXPECT_FALSE(fs::exists(folder / ".out.weighlock-0123abcd"));
  EXPECT_TRUE(fs::exists(folder / ".out.weighlock-backup/mine"));
  EXPECT_TRUE(fs::exists(folder / ".out.weighlock-0123abcd9/mine"));
  EXPECT_TRUE(fs::exists(folder / ".other.weighlock-0123abcd/mine"));
}

TEST(Staging, AFolderThatSomeoneWorksInIsNotStale) {
  TemporaryFolder folder;
  auto first = StagedFolder::Create(folder / "out");
  ASSERT_TRUE(first && first->CreateFile("a/b", false));
  auto second = StagedFolder::Create(folder / "out");
  ASSERT_TRUE(second) << second.error().Message();
  EXPECT_TRUE(fs::exists(first->path() + "/a/b"));
  EXPECT_TRUE(std::move(*first).Commit(Durability::kPowerCut));
  Status late = std::move(*second).Commit(Durability::kPowerCut);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Code::kConflict);
  EXPECT_TRUE(fs::exists(folder / "out/a/b"));
}

TEST(Staging, AFileAppearsWithItsNameOnly) {
  TemporaryFolder folder;
  {
    auto dropped = StagedFile::Create(folder / "out");
    ASSERT_TRUE(dropped && WriteExactly(dropped->file(), 0, AsBytes("half")));
  }
  EXPECT_EQ(folder.Count(), 0u);
  auto staged = StagedFile::Create(folder / "out");
  ASSERT_TRUE(staged && WriteExactly(staged->file(), 0, AsBytes("whole")));
  ASSERT_TRUE(std::move(*staged).Commit(Durability::kPowerCut));
  EXPECT_EQ(ReadFile(folder / "out"), "whole");
  EXPECT_EQ(folder.Count(), 1u);
}

}  // namespace
}  // namespace weighlock
