// Patterns of files: what a shell would match, of the whole path or of the name alone.
#include "package/roles.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

namespace weighlock {
namespace {

TEST(Roles, PatternsOfFiles) {
  const struct {
    const char *pattern, *path;
    bool matches;
  } kCases[] = {
      {"*.pem", "server.pem", true},
      {"*.pem", "a/b/server.pem", true},
      {"*.pem", "server.pem.txt", false},
      {"*.pem", ".pem", true},
      {"id_rsa*", "id_rsa", true},
      {"id_rsa*", "keys/id_rsa.old", true},
      {"id_rsa*", "my_id_rsa", false},
      {".env", ".env", true},
      {".env", "a/.env", true},
      {".env", "a.env", false},
      {"logs/*", "logs/a/b.txt", true},
      {"logs/*", "old/logs/a", false},
      {"a[0-9].bin", "x/a7.bin", true},
      {"a?.bin", "ab.bin", true},
      {"*a*", "banana", true},
      {"*", "anything/at/all", true},
      {"", "", true},
      {"", "a", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(PatternMatches(c.pattern, c.path), c.matches) << c.pattern << " of " << c.path;
    // What the shell says of the whole path, it must say too.
    if (::fnmatch(c.pattern, c.path, 0) == 0) {
      EXPECT_TRUE(PatternMatches(c.pattern, c.path)) << c.pattern << " of " << c.path;
    }
  }
}

}  // namespace
}  // namespace weighlock
