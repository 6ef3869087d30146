// What is staged appears whole or goes; what is not ours stays.
#include "base/staging.h"

#include <gtest/gtest.h>

#include "base/staging_name.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

TEST(Staging, OnlyStaleFoldersOfOurOwnNamingAreRemoved) {
  TemporaryFolder folder;
  const std::string stale = StagingName("out", 0x0123abcd);
  EXPECT_EQ(stale, ".out.weighlock-0123abcdb3e19beb");
  WriteFile(folder / (stale + "/half"), "written");
  const std::string others[] = {
      ".out.weighlock-backup",           ".out.weighlock-0123abcd",
      ".out.weighlock-0123abcd01234567", stale + "9",
      ".out.weighlock-0123ABCDb3e19beb", StagingName("other", 0x0123abcd)};
  for (const std::string& name : others) WriteFile(folder / (name + "/mine"), "precious");
  auto staged = StagedFolder::Create(folder / "out");
  ASSERT_TRUE(staged) << staged.error().Message();
  EXPECT_FALSE(fs::exists(folder / stale));
  for (const std::string& name : others) EXPECT_TRUE(fs::exists(folder / (name + "/mine"))) << name;
}

TEST(Staging, NamesAsLongAsAFileSystemTakes) {
  TemporaryFolder folder;
  std::string umlauts = "x";
  while (umlauts.size() < 255) umlauts += "\u00fc";
  for (const std::string& name : {std::string(255, 'x'), umlauts}) {
    WriteFile(folder / (StagingName(name, 7) + "/half"), "written");
    auto staged = StagedFolder::Create(folder / name);
    ASSERT_TRUE(staged) << staged.error().Message();
    EXPECT_TRUE(std::move(*staged).Commit(Durability::kProcessCrash));
    EXPECT_EQ(folder.Count(), 1u);
    fs::remove(folder / name);
  }
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
