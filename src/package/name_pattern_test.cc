// Patterns of files: what a shell would match, of the whole path or of the name alone.
#include "package/name_pattern.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

namespace weighlock {
namespace {

TEST(NamePattern, MatchesAsAShellDoes) {
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
      {"service-account*.json", "keys/service-account-7.json", true},
      {"service-account*.json", "service-account.json", true},
      {"ab*bc", "abc", false},
      {"ab*bc", "abbc", true},
      {"*/.aws/*", "home/.aws/credentials", true},
      {"*/.aws/*", ".aws/credentials", false},
      {"*ab*ba*", "aba", false},
      {"*ab*ba*", "abba", true},
      {"**", "a", true},
      {"", "", true},
      {"", "a", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
  };
  for (const auto& c : kCases) {
    const NamePattern pattern(c.pattern);
    EXPECT_EQ(pattern.Matches(c.path), c.matches) << c.pattern << " of " << c.path;
    EXPECT_EQ(pattern.Fits(c.path), ::fnmatch(c.pattern, c.path, 0) == 0)
        << c.pattern << " of " << c.path;
  }
}

}  // namespace
}  // namespace weighlock
