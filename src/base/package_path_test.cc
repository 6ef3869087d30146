// Names inside a package: what folds to one path, what is refused, and which two cannot be
// together.
#include "base/package_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weighlock {
namespace {

TEST(NormalisePath, Accepted) {
  const struct {
    const char* raw;
    const char* path;
  } cases[] = {
      {"", ""},           {".", ""},          {"./", ""},
      {"././/", ""},      {"/", ""},          {"//", ""},
      {"a", "a"},         {"./a", "a"},       {"a/", "a"},
      {"a//b", "a/b"},    {"a/./b/.", "a/b"}, {"...", "..."},
      {"a..b", "a..b"},   {"..a", "..a"},     {"1:x", "1:x"},
      {"a/C:b", "a/C:b"}, {" a ", " a "},     {"caf\xc3\xa9", "caf\xc3\xa9"},
  };
  for (const auto& c : cases) {
    auto path = NormalisePath(c.raw, Limits{});
    ASSERT_TRUE(path) << c.raw;
    EXPECT_EQ(*path, c.path) << c.raw;
  }
}

TEST(NormalisePath, Refused) {
  const struct {
    std::string raw;
    Code code;
    std::string what;
  } cases[] = {
      {"..", Code::kMalformed, R"(the name ".." has a ".." component)"},
      {"a/../b", Code::kMalformed, R"(the name "a/../b" has a ".." component)"},
      {"a/..", Code::kMalformed, R"(the name "a/.." has a ".." component)"},
      {"/etc/x", Code::kMalformed, R"(the name "/etc/x" is absolute)"},
      {"//host/x", Code::kMalformed, R"(the name "//host/x" is absolute)"},
      {"C:", Code::kMalformed, R"(the name "C:" starts with a drive letter)"},
      {"./c:/x", Code::kMalformed, R"(the name "./c:/x" starts with a drive letter)"},
      {"C:\\x", Code::kMalformed, R"(the name "C:\\x" has a backslash)"},
      {"a\\..\\b", Code::kMalformed, R"(the name "a\\..\\b" has a backslash)"},
      {std::string("a\0b", 3), Code::kMalformed,
       R"(the name "a\x00b" has the control byte 0x00 at 1)"},
      {"a\x1b[2J", Code::kMalformed, R"(the name "a\x1b[2J" has the control byte 0x1b at 1)"},
      {"\x7f", Code::kMalformed, R"(the name "\x7f" has the control byte 0x7f at 0)"},
      {"caf\xe9", Code::kMalformed, R"(the name "caf\xe9" is not UTF-8)"},
      {std::string(256, 'a'), Code::kLimit,
       "the name \"" + std::string(200, 'a') +
           "...\" has a component of 256 bytes, the limit is 255"},
      {std::string(4097, '/'), Code::kLimit,
       "the name \"" + std::string(200, '/') + "...\" has 4097 bytes, the limit is 4096"},
  };
  for (const auto& c : cases) {
    auto path = NormalisePath(c.raw, Limits{});
    ASSERT_FALSE(path) << c.raw;
    EXPECT_EQ(path.error().code(), c.code) << c.raw;
    EXPECT_EQ(path.error().what(), c.what);
  }
}

TEST(NormalisePath, ReadNamesMayBeOfAnyEncoding) {
  EXPECT_EQ(*NormaliseRead("./caf\xe9//x", Limits{}), "caf\xe9/x");
  EXPECT_EQ(NormaliseRead("caf\xe9/../x", Limits{}).error().what(),
            R"(the name "caf\xe9/../x" has a ".." component)");
}

using Names = std::vector<std::string>;  // a name that ends in "/" is a folder

// Adds `names` at offsets 0, 0x200, ... until one is refused.
Status AddAll(const Names& names, const Limits& limits) {
  PathSet set(limits);
  for (size_t i = 0; i < names.size(); ++i) {
    const bool folder = names[i].empty() || names[i].ends_with('/');
    const auto kind = folder ? PathSet::Kind::kDirectory : PathSet::Kind::kFile;
    WL_TRY(const std::string path, NormalisePath(names[i], limits));
    WL_CHECKED(set.Add(path, kind, 0x200 * i));
  }
  return {};
}

TEST(PathSet, Accepted) {
  const Names cases[] = {
      {"a", "b", "ab"},   {"a/b", "a/c", "a/"},    {"a/", "a/b", "a/c/d"},
      {"./", "a", "b/c"}, {"a/b", "b/a", "a/c/a"}, {"\xc3\x89", "e"},
  };
  for (const auto& names : cases) EXPECT_TRUE(AddAll(names, Limits{})) << names[0];
}

TEST(PathSet, Refused) {
  const struct {
    Names names;
    uint64_t offset;
    const char* what;
  } cases[] = {
      {{"a", "b", "./a"}, 0x400, R"(two members have one path, "a": at 0x0 and at 0x400)"},
      {{"a/b/", "a//b/"}, 0x200, R"(two members have one path, "a/b": at 0x0 and at 0x200)"},
      {{"a/b", "a/", "a/"}, 0x400, R"(two members have one path, "a": at 0x200 and at 0x400)"},
      {{"./", "a", "./"}, 0x400, R"(two members have one path, "": at 0x0 and at 0x400)"},
      {{"a/", "a"}, 0x200, R"(two members have one path, "a": at 0x0 and at 0x200)"},
      {{"m/Model.bin", "m/model.bin"},
       0x200,
       R"("m/Model.bin" (at 0x0) and "m/model.bin" (at 0x200) differ only in case)"},
      {{"M/a", "m/b/c"}, 0x200, R"("M" (at 0x0) and "m" (at 0x200) differ only in case)"},
      {{"\u00e9.bin", "e\u0301.bin"},
       0x200,
       "\"\u00e9.bin\" (at 0x0) and \"e\u0301.bin\" (at 0x200) differ only in case or Unicode "
       "form"},
      {{"\u00c9", "\u00e9"},
       0x200,
       "\"\u00c9\" (at 0x0) and \"\u00e9\" (at 0x200) differ only in case or Unicode form"},
      {{"STRASSE", "stra\u00dfe"},
       0x200,
       "\"STRASSE\" (at 0x0) and \"stra\u00dfe\" (at 0x200) differ only in case or Unicode form"},
      {{"a\u200db", "ab"},
       0x200,
       "\"a\\u{200d}b\" (at 0x0) and \"ab\" (at 0x200) differ only in case or Unicode form"},
      {{"a", "a/b"}, 0x200, R"("a" (at 0x0) is a file, "a/b" (at 0x200) lies inside it)"},
      {{"a/b/c", "a/b"}, 0x200, R"("a/b" (at 0x200) is a file, "a/b/c" (at 0x0) lies inside it)"},
  };
  for (const auto& c : cases) {
    auto status = AddAll(c.names, Limits{});
    ASSERT_FALSE(status) << c.what;
    EXPECT_EQ(status.error().code(), Code::kMalformed);
    EXPECT_EQ(status.error().offset(), c.offset);
    EXPECT_EQ(status.error().what(), c.what);
  }
}

TEST(PathSet, FoldersOnTheWayCountAgainstTheLimit) {
  Limits limits;
  limits.members = 4;
  EXPECT_TRUE(AddAll({"./", "a/b/c/d"}, limits));
  auto status = AddAll({"./", "a/b/c/d", "a/e"}, limits);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Code::kLimit);
  EXPECT_EQ(status.error().what(), "more than 4 files and folders");
}

TEST(WhyNotPortable, ByTable) {
  const struct {
    const char* path;
    const char* why;
  } cases[] = {
      {"model.safetensors", ""},
      {".hidden/a b/c.d", ""},
      {"console.txt", ""},
      {"a/com10", ""},
      {"a./b", "ends in a dot, which Windows takes away"},
      {"a/b ", "ends in a space, which Windows takes away"},
      {"a/Con", "is a device on Windows"},
      {"aux.json", "is a device on Windows"},
      {"lpt1", "is a device on Windows"},
      {"a:b", "has a character that Windows refuses"},
      {"what?", "has a character that Windows refuses"},
  };
  for (const auto& c : cases) EXPECT_EQ(WhyNotPortable(c.path), c.why) << c.path;
}

}  // namespace
}  // namespace weighlock
