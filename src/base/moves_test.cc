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
    ASSERT_TRUE(WriteJournal(Journal(), folder_ / "to", *journal));
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
  EXPECT_EQ(
      settled.error().Message(),
      folder_ /
              "to/a: exists already: a run that was stopped brought this or was about to, and "
              "it was changed since, or cannot be moved: nothing of it is removed. The rest "
              "lies in " +
          folder_ / "s" + "; take from there what is yours, and remove that folder");
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

TEST_F(Moves, WhatWasPutIntoTheStagingFolderStaysThere) {
  WriteFile(folder_ / "s/tree/code/mine.py", "mine");
  Move("a");
  EXPECT_FALSE(Settle());
  EXPECT_TRUE(Has("s/tree/code/mine.py") && Has("s/moves"));
  EXPECT_FALSE(Has("to/a") || Has("to/code"));
}

TEST_F(Moves, AFileTouchedInTheStagingFolderIsNotTakenForOneThatCame) {
  Move("a");
  Move("code");
  fs::last_write_time(folder_ / "s/tree/b", fs::file_time_type::clock::now());
  EXPECT_FALSE(Settle());
  EXPECT_TRUE(Has("s/tree/b") && Has("s/moves"));
}

TEST_F(Moves, WhatWasRemovedByHandIsSettled) {
  Move("a");
  Move("code");
  fs::remove(folder_ / "to/a");
  ASSERT_TRUE(Settle());
  EXPECT_TRUE(Has("s/tree/code/c"));
  EXPECT_FALSE(Has("to/code") || Has("s/moves"));
}

TEST_F(Moves, WithoutTheFolderThereIsNothingToTakeBack) {
  Move("a");
  fs::remove_all(From());
  ASSERT_TRUE(Settle());
  EXPECT_TRUE(Has("to/a"));
}

// Where a rename that replaces nothing is a link and an unlink, a run may be stopped in between.
TEST_F(Moves, AFileThatHasBothNamesKeepsTheFirst) {
  fs::create_hard_link(folder_ / "s/tree/a", folder_ / "to/a");
  ASSERT_TRUE(Settle());
  EXPECT_TRUE(Has("s/tree/a"));
  EXPECT_FALSE(Has("to/a"));
}

TEST_F(Moves, AListThatIsCutWasNeverActedUpon) {
  std::string text = ReadFile(Journal());
  for (size_t size = 0; size < text.size(); ++size) {
    WriteFile(Journal(), text.substr(0, size));
    auto journal = ReadJournal(Journal(), folder_ / "to");
    EXPECT_TRUE(journal && !*journal) << size;
  }
  WriteFile(Journal(), text);
  auto journal = ReadJournal(Journal(), folder_ / "to");
  EXPECT_TRUE(journal && *journal && (*journal)->size() == 4);
}

TEST_F(Moves, AListThatCannotBeReadIsNotTakenForNone) {
  Move("a");
  std::string text = ReadFile(Journal());
  const struct {
    const char* what;
    std::string text;
  } cases[] = {
      {"another form", "weighlock moves 9" + text.substr(17)},
      {"a line that is none", text.substr(0, text.rfind("end ")) + "?\nend 5\n"},
  };
  for (const auto& c : cases) {
    WriteFile(Journal(), c.text);
    EXPECT_FALSE(Settle()) << c.what;
    EXPECT_TRUE(Has("to/a") && Has("s/tree/b")) << c.what;
  }
  WriteFile(Journal(), text);
  EXPECT_FALSE(SettleMoves(From(), folder_ / "s", Journal()));  // another folder's
}

TEST_F(Moves, AListThatWasCopiedIsNone) {
  Move("a");
  fs::copy(folder_ / "s", folder_ / "s2", fs::copy_options::recursive);
  const Status settled = SettleMoves(folder_ / "s2/tree", folder_ / "to", folder_ / "s2/moves");
  ASSERT_FALSE(settled);
  EXPECT_EQ(
      settled.error().what(),
      "a list of moves that was not written where it lies, or for another folder: look at what "
      "lies beside it, and remove the folder");
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
