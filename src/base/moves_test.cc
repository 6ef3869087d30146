// What a stopped run left half done: taken back where it is as it came, and left where it is not.
#include "base/moves.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/move_journal.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

// A staging folder with two files and a folder that are to go to `to`, listed and not moved.
class Moves : public testing::Test {
 protected:
  void SetUp() override {
    WriteFile(folder_ / "s/tree/a", "1");
    WriteFile(folder_ / "s/tree/b", "22");
    WriteFile(folder_ / "s/tree/code/c", "333");
    WriteFile(folder_ / "to/mine", "precious");
    auto journal = ListMoves(From(), {"a", "b", "code"});
    ASSERT_TRUE(journal) << journal.error().Message();
    ASSERT_TRUE(WriteJournal(Journal(), *journal));
  }

  std::string From() const { return folder_ / "s/tree"; }
  std::string Journal() const { return folder_ / "s/moves"; }
  void Move(const std::string& name) {
    fs::rename(folder_ / ("s/tree/" + name), folder_ / ("to/" + name));
  }
  Status Settle() { return SettleMoves(From(), folder_ / "to", Journal()); }
  bool Has(const char* path) const { return fs::exists(folder_ / path); }

  TemporaryFolder folder_;
};

TEST_F(Moves, HalfOfThemAreTakenBack) {
  Move("a");
  Move("code");
  ASSERT_TRUE(Settle());
  for (const char* back : {"s/tree/a", "s/tree/b", "s/tree/code/c", "to/mine"}) {
    EXPECT_TRUE(Has(back)) << back;
  }
  EXPECT_FALSE(Has("to/a") || Has("to/code") || Has("s/moves"));
}

TEST_F(Moves, AllOfThemStayHoweverTheyWereChanged) {
  for (const char* name : {"a", "b", "code"}) Move(name);
  WriteFile(folder_ / "to/a", "my edits");
  WriteFile(folder_ / "to/code/mine.py", "mine");
  ASSERT_TRUE(Settle());
  EXPECT_EQ(ReadFile(folder_ / "to/a"), "my edits");
  EXPECT_TRUE(Has("to/b") && Has("to/code/c") && Has("to/code/mine.py"));
  EXPECT_FALSE(Has("s/moves"));
}

TEST_F(Moves, WhatWasChangedStaysAndIsToldOf) {
  Move("a");
  Move("code");
  WriteFile(folder_ / "to/a", "my edits");
  const Status settled = Settle();
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().Message(),
            folder_ /
                    "to/a: exists already: a run that was stopped brought this, and it was changed "
                    "since, or cannot be moved: it stays. What else that run had lies in " +
                From() + "; where that is removed, nothing asks again");
  EXPECT_EQ(ReadFile(folder_ / "to/a"), "my edits");
  EXPECT_TRUE(Has("s/moves") && Has("s/tree/b"));
}

TEST_F(Moves, AFileReplacedByAnotherStays) {
  Move("a");
  WriteFile(folder_ / "to/other", "1");
  fs::rename(folder_ / "to/other", folder_ / "to/a");
  EXPECT_FALSE(Settle());
  EXPECT_TRUE(Has("to/a"));
}

TEST_F(Moves, AFolderThatSomethingWasPutIntoStays) {
  Move("code");
  WriteFile(folder_ / "to/code/mine.py", "mine");
  EXPECT_FALSE(Settle());
  EXPECT_TRUE(Has("to/code/mine.py") && Has("to/code/c") && Has("s/moves"));
}

// As after a move that failed: the folder came back, with what is somebody else's.
TEST_F(Moves, AFolderThatCameBackWithMoreGoesWhereItWas) {
  WriteFile(folder_ / "s/tree/code/mine.py", "mine");
  Move("a");
  EXPECT_FALSE(Settle());
  EXPECT_TRUE(Has("to/code/mine.py"));
}

TEST_F(Moves, AListThatWasCopiedIsNone) {
  Move("a");
  fs::copy(folder_ / "s", folder_ / "s2", fs::copy_options::recursive);
  const Status settled = SettleMoves(folder_ / "s2/tree", folder_ / "to", folder_ / "s2/moves");
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().what(), "this list of moves was not written where it lies");
  EXPECT_TRUE(Has("to/a"));
}

TEST_F(Moves, AllOrNothing) {
  fs::remove(Journal());
  WriteFile(folder_ / "to/code/there", "1");
  const Status moved = MoveAll(From(), folder_ / "to", {"a", "b", "code"}, Journal());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code(), Code::kConflict);
  EXPECT_FALSE(Has("to/a") || Has("to/b") || Has("s/moves"));
  EXPECT_TRUE(Has("s/tree/code/c"));
  fs::remove_all(folder_ / "to/code");
  ASSERT_TRUE(MoveAll(From(), folder_ / "to", {"a", "b", "code"}, Journal()));
  EXPECT_TRUE(Has("to/a") && Has("to/b") && Has("to/code/c") && !Has("s/moves"));
}

}  // namespace
}  // namespace weighlock
