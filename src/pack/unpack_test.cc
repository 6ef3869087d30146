// Unpacking: nothing over anything, nothing elsewhere, nothing by half.
#include "weighlock/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "base/file.h"
#include "container/gzip/gzip_writer.h"
#include "container/tar/tar_hazards.h"
#include "container/zip/zip_hazards.h"
#include "support/temporary_folder.h"

namespace weighlock {
namespace {

namespace fs = std::filesystem;
using tar_test::Directory;
using tar_test::End;
using tar_test::File;

using Tree = std::map<std::string, std::string>;  // paths: content, "/" for folders, "-> x"

Tree TreeOf(const std::string& root) {
  Tree tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = entry.path().lexically_relative(root).string();
    tree[path] = entry.is_symlink()     ? "-> " + fs::read_symlink(entry).string()
                 : entry.is_directory() ? "/"
                                        : ReadFile(entry.path().string());
  }
  return tree;
}

void WriteTree(const std::string& root, const Tree& tree) {
  fs::create_directories(root);
  for (const auto& [path, content] : tree) {
    const fs::path place = fs::path(root) / path;
    if (content == "/") {
      fs::create_directories(place);
    } else if (content.starts_with("-> ")) {
      fs::create_symlink(content.substr(3), place);
    } else {
      WriteFile(place.string(), content);
    }
  }
}

void WriteGzip(const std::string& path, const std::string& content) {
  WriteFile(path, "");
  const FileHandle file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  GzipWriter gzip(file, 1);
  ASSERT_TRUE(gzip.Write(AsBytes(content)));
  ASSERT_TRUE(gzip.Finish());
}

TEST(Unpack, EveryHazardOfTarLeavesNothing) {
  for (const tar_test::Hazard& hazard : tar_test::Hazards()) {
    for (const bool gzip : {false, true}) {
      for (const bool into : {false, true}) {
        TemporaryFolder folder;
        const std::string archive = folder / (gzip ? "h.tar.gz" : "h.tar");
        gzip ? WriteGzip(archive, hazard.archive) : WriteFile(archive, hazard.archive);
        if (into) WriteTree(folder / "out", {{"mine", "x"}});
        UnpackOptions options;
        options.into = into;
        auto unpacked = Unpack(archive, folder / "out", options);
        EXPECT_FALSE(unpacked) << hazard.name;
        EXPECT_EQ(folder.Count(), into ? 2u : 1u) << hazard.name;
        if (into) {
          EXPECT_EQ(TreeOf(folder / "out"), Tree({{"mine", "x"}})) << hazard.name;
        }
      }
    }
  }
}

TEST(Unpack, EveryHazardOfZipLeavesNothing) {
  for (const zip_test::Hazard& hazard : zip_test::Hazards()) {
    TemporaryFolder folder;
    WriteFile(folder / "h.zip", hazard.archive);
    auto unpacked = Unpack(folder / "h.zip", folder / "out");
    ASSERT_FALSE(unpacked) << hazard.name;
    EXPECT_EQ(unpacked.error().what(), hazard.what) << hazard.name;
    EXPECT_EQ(unpacked.error().code(), hazard.code) << hazard.name;
    EXPECT_EQ(folder.Count(), 1u) << hazard.name;
  }
}

TEST(Unpack, ModesAreOursWhateverTheArchiveSays) {
  TemporaryFolder folder;
  const auto with_mode = [](const char* name, const char* mode) {
    return tar_test::Member({.name = name, .content = "x", .mode = mode});
  };
  WriteFile(folder / "m.tar", with_mode("suid", "0006755") + with_mode("open", "0000666") +
                                  with_mode("none", "0000000") + End());
  const mode_t before = ::umask(022);
  ASSERT_TRUE(Unpack(folder / "m.tar", folder / "out"));
  ::umask(before);
  const auto mode = [&](const char* name) {
    struct stat st;
    EXPECT_EQ(::stat((folder / (std::string("out/") + name)).c_str(), &st), 0);
    return st.st_mode & 07777;
  };
  EXPECT_EQ(mode("suid"), 0755u);
  EXPECT_EQ(mode("open"), 0644u);
  EXPECT_EQ(mode("none"), 0644u);
}

struct Met {
  const char* what;
  Tree there;
  std::string archive;
  std::string collisions;  // empty: it goes in
  Tree after;              // where it goes in
};

TEST(Unpack, IntoAFolderThatIsThere) {
  const std::string a = File("a", "new"), d = Directory("d"), da = File("d/a", "new");
  const Met cases[] = {
      {"beside", {{"b", "old"}}, a, "", {{"a", "new"}, {"b", "old"}}},
      {"into an empty folder", {}, a + d, "", {{"a", "new"}, {"d", "/"}}},
      {"into a folder of it",
       {{"d", "/"}, {"d/b", "old"}},
       da,
       "",
       {{"d", "/"}, {"d/a", "new"}, {"d/b", "old"}}},
      {"folders meet", {{"d", "/"}}, d, "", {{"d", "/"}}},
      {"a file is there", {{"a", "old"}}, a + File("b", ""), "a: a file is there; ", {}},
      {"a folder is there", {{"a", "/"}}, a, "a: a folder is there; ", {}},
      {"a file where a folder goes", {{"d", "old"}}, d, "d: a file is there; ", {}},
      {"a file above", {{"d", "old"}}, da, "d: a file is there; ", {}},
      {"a link is there", {{"a", "-> nowhere"}}, a, "a: a symbolic link is there; ", {}},
      {"a link to a folder above", {{"d", "-> ."}}, da, "d: a symbolic link is there; ", {}},
      {"a twin", {{"A", "old"}}, a, "a: \"A\" is there, which differs only in case; ", {}},
      {"a twin above", {{"D", "/"}}, da, "d: \"D\" is there, which differs only in case; ", {}},
      {"several",
       {{"a", "old"}, {"d", "/"}, {"d/a", "old"}},
       a + File("b", "new") + d + da,
       "a: a file is there; d/a: a file is there; ",
       {}},
  };
  for (const Met& c : cases) {
    TemporaryFolder folder;
    WriteFile(folder / "x.tar", c.archive + End());
    WriteTree(folder / "out", c.there);
    UnpackOptions options;
    options.into = true;
    auto plan = PlanUnpack(folder / "x.tar", folder / "out", options);
    ASSERT_TRUE(plan) << plan.error().Message();
    EXPECT_EQ(TreeOf(folder / "out"), c.there) << c.what;
    auto unpacked = Unpack(folder / "x.tar", folder / "out", options);
    ASSERT_TRUE(unpacked) << c.what << ": " << unpacked.error().Message();
    for (const UnpackReport* report : {&*plan, &*unpacked}) {
      std::string collisions;
      for (const TakenName& taken : report->collisions) {
        collisions += fmt::format("{}: {}; ", taken.path, taken.why);
      }
      EXPECT_EQ(collisions, c.collisions) << c.what;
    }
    EXPECT_EQ(TreeOf(folder / "out"), c.collisions.empty() ? c.after : c.there) << c.what;
    EXPECT_EQ(folder.Count(), 2u) << c.what;
  }
}

TEST(Unpack, AFolderThatIsThereIsNeverTakenForANewOne) {
  TemporaryFolder folder;
  WriteFile(folder / "x.tar", File("a", "new") + End());
  for (const Tree& there : {Tree{}, Tree{{"mine", "x"}}}) {
    WriteTree(folder / "out", there);
    auto unpacked = Unpack(folder / "x.tar", folder / "out");
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error().code(), Code::kConflict);
    EXPECT_EQ(TreeOf(folder / "out"), there);
  }
  UnpackOptions into;
  into.into = true;
  auto missing = Unpack(folder / "x.tar", folder / "missing", into);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::kNotFound);
}

TEST(Unpack, SumsAreHeldAgainstTheFiles) {
  const std::string digest =
      "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";  // x
  const struct {
    std::string sums, error;
  } cases[] = {
      {digest + "  a\n", ""},
      {digest + " *./a", ""},
      {"# made by hand\r\n\r\n" + digest + "  a\r\n", ""},
      {std::string(64, '0') + "  a\n",
       "its SHA-256 is " + digest + ", SHA256SUMS says " + std::string(64, '0')},
      {digest + "  b\n", "it lists \"b\", which is not in the archive"},
      {digest + "  ../a\n", "the name \"../a\" has a \"..\" component"},
      {"hello\n", "wanted a digest of 64 digits, two spaces and a path, found \"hello\""},
  };
  for (const auto& c : cases) {
    TemporaryFolder folder;
    WriteFile(folder / "x.tar", File("SHA256SUMS", c.sums) + File("a", "x") + End());
    auto unpacked = Unpack(folder / "x.tar", folder / "out");
    EXPECT_EQ(unpacked ? "" : unpacked.error().what(), c.error);
    EXPECT_EQ(folder.Count(), c.error.empty() ? 2u : 1u);
  }
}

TEST(Unpack, TheTopFolderIsStrippedOnlyWhereItHoldsEverything) {
  const struct {
    std::string archive, error;
    Tree after;
  } cases[] = {
      {File("m/a", "1") + File("m/b/c", "2"), "", {{"a", "1"}, {"b", "/"}, {"b/c", "2"}}},
      {Directory("m") + File("m/a", "1"), "", {{"a", "1"}}},
      {Directory(".") + File("./m/a", "1"), "", {{"a", "1"}}},
      {File("m/a", "1") + File("n/a", "2"),
       "--strip-top wants everything below one folder; there are \"m\" and \"n/a\"",
       {}},
      {File("a", "1"),
       "--strip-top wants everything below one folder; \"a\" is a file at the top",
       {}},
  };
  for (const auto& c : cases) {
    TemporaryFolder folder;
    WriteFile(folder / "x.tar", c.archive + End());
    UnpackOptions options;
    options.strip_top = true;
    auto unpacked = Unpack(folder / "x.tar", folder / "out", options);
    EXPECT_EQ(unpacked ? "" : unpacked.error().what(), c.error);
    if (c.error.empty()) {
      EXPECT_EQ(TreeOf(folder / "out"), c.after);
    }
    EXPECT_EQ(folder.Count(), c.error.empty() ? 2u : 1u);
  }
}

TEST(Unpack, OddThingsAreNoted) {
  TemporaryFolder folder;
  WriteFile(folder / "names.tar", File("a/b:c", "1") + File("con", "2") + File("d.", "3") + End());
  WriteGzip(folder / "one.tgz", File("a", "1"));
  WriteGzip(folder / "two.tgz", End());
  const std::string empty_zip = "PK\x05\x06" + std::string(18, '\0');
  WriteFile(folder / "more.tgz", ReadFile(folder / "one.tgz") + ReadFile(folder / "two.tgz"));
  WriteFile(folder / "behind.zip", empty_zip + "0123456789");
  const struct {
    const char* archive;
    std::vector<std::string> notes;
  } cases[] = {
      {"names.tar",
       {"\"a/b:c\" has a character that Windows refuses", "\"con\" is a device on Windows",
        "\"d.\" ends in a dot, which Windows takes away"}},
      {"more.tgz", {"its gzip has 2 members behind one another; some readers see only the first"}},
      {"behind.zip", {"10 bytes stand behind the zip's end"}},
  };
  for (const auto& c : cases) {
    auto planned = PlanUnpack(folder / c.archive, folder / "out");
    ASSERT_TRUE(planned) << planned.error().Message();
    EXPECT_EQ(planned->notes, c.notes) << c.archive;
    auto unpacked = Unpack(folder / c.archive, folder / "out");
    ASSERT_TRUE(unpacked) << unpacked.error().Message();
    EXPECT_EQ(unpacked->notes, c.notes) << c.archive;
    fs::remove_all(folder / "out");
  }
}

// Archives without a member: an empty folder comes of them.
TEST(Unpack, AnArchiveOfNothing) {
  TemporaryFolder folder;
  WriteFile(folder / "n.tar", std::string(10240, '\0'));
  WriteGzip(folder / "n.tgz", std::string(10240, '\0'));
  for (const char* archive : {"n.tar", "n.tgz"}) {
    auto unpacked = Unpack(folder / archive, folder / "out");
    ASSERT_TRUE(unpacked) << unpacked.error().Message();
    EXPECT_TRUE(fs::is_empty(folder / "out"));
    fs::remove(folder / "out");
  }
}

TEST(Unpack, IntoWhatIsNoFolder) {
  TemporaryFolder folder;
  WriteFile(folder / "a.tar", File("a", "1") + End());
  WriteFile(folder / "there", "precious");
  UnpackOptions options;
  options.into = true;
  for (const bool dry : {true, false}) {
    const auto unpack = dry ? PlanUnpack : Unpack;
    const auto into_file = unpack(folder / "a.tar", folder / "there", options);
    ASSERT_FALSE(into_file);
    EXPECT_EQ(into_file.error().code(), Code::kConflict);
    EXPECT_EQ(into_file.error().what(), "--into wants a folder, and this is none");
    const auto into_nothing = unpack(folder / "a.tar", folder / "nothing", options);
    ASSERT_FALSE(into_nothing);
    EXPECT_EQ(into_nothing.error().code(), Code::kNotFound);
  }
  EXPECT_EQ(folder.Count(), 2u);
}

TEST(Unpack, WhatIsNoArchive) {
  TemporaryFolder folder;
  WriteFile(folder / "config.json", "{}");
  for (const char* input : {"config.json", "."}) {
    auto unpacked = Unpack(folder / input, folder / "out");
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error().what(), "wanted an archive: a .tar.gz, a .tar or a .zip");
  }
  EXPECT_EQ(folder.Count(), 1u);
}

}  // namespace
}  // namespace weighlock
