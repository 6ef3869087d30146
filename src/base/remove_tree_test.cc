// What goes, goes whole; what a link leads to stays.
#include "base/remove_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;

TEST(RemoveTree, FilesFoldersAndLinksAndNotWhatTheyLeadTo) {
  TemporaryFolder folder;
  WriteFile(folder / "kept/precious", "1");
  for (const char* path : {"t/a", "t/weighlock-0", "t/b/weighlock-1", "t/b/c/d/e", "t/f/g/h"}) {
    WriteFile(folder / path, "1");
  }
  fs::create_directories(folder / "t/empty/empty/empty");
  fs::create_directory_symlink(folder / "kept", folder / "t/b/link");
  fs::create_symlink("nowhere", folder / "t/dangling");
  RemoveTree(folder / "t");
  EXPECT_FALSE(fs::exists(folder / "t"));
  EXPECT_TRUE(fs::exists(folder / "kept/precious"));
  fs::create_directory_symlink(folder / "kept", folder / "link");
  RemoveTree(folder / "link");
  RemoveTree(folder / "nothing");
  EXPECT_EQ(folder.Count(), 1u);
  EXPECT_TRUE(fs::exists(folder / "kept/precious"));
}

TEST(RemoveTree, DeeperThanThereAreDescriptors) {
  TemporaryFolder folder;
  fs::create_directory(folder / "t");
  FileHandle at(::open((folder / "t").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int depth = 0; depth < 3000; ++depth) {
    ASSERT_EQ(::mkdirat(at.fd(), "a", 0777), 0);
    at = FileHandle(::openat(at.fd(), "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(at.is_open());
  }
  at = FileHandle();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const FileHandle next(::open("/", O_RDONLY | O_CLOEXEC));
  const rlimit few{static_cast<rlim_t>(next.fd()) + 3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  RemoveTree(folder / "t");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(fs::exists(folder / "t"));
}

}  // namespace
}  // namespace weighlock
