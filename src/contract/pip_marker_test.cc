// Conditions of requirements, held against what pip's own packaging answers for the same Python.
#include "contract/pip_marker.h"

#include <gtest/gtest.h>

#include <string>

namespace weighlock {
namespace {

std::string Answer(const std::string& marker, const std::string& python) {
  Component component;
  if (!python.empty()) component = *ParseComponent(python);
  switch (AnswerMarker(marker, python.empty() ? nullptr : &component)) {
    case MarkerAnswer::kHolds:
      return "holds";
    case MarkerAnswer::kFails:
      return "fails";
    case MarkerAnswer::kUnknown:
      return "?";
  }
  return {};
}

// The answers of 3.8.10 are those of packaging 21.3, which pip 22 brings, in Python 3.8.
TEST(PipMarker, Table) {
  const struct {
    const char* marker;
    const char* full;   // 3.8.10
    const char* minor;  // 3.8
    const char* range;  // >=3.8,<3.11
    const char* none;   // nothing is known
  } table[] = {
      {"python_version < '3.9'", "holds", "holds", "?", "?"},
      {"python_version >= \"3.8\"", "holds", "holds", "holds", "?"},
      {"python_version > '3.8'", "fails", "fails", "?", "?"},
      {"python_version <= '3.8'", "holds", "holds", "?", "?"},
      {"python_version <= '3.10'", "holds", "holds", "?", "?"},
      {"python_version < '3.11'", "holds", "holds", "holds", "?"},
      {"python_version > '3.7'", "holds", "holds", "holds", "?"},
      {"python_version <= '3.7'", "fails", "fails", "fails", "?"},
      {"python_version == '3.8'", "holds", "holds", "?", "?"},
      {"python_version != '3.8'", "fails", "fails", "?", "?"},
      {"python_version == '3.7'", "fails", "fails", "fails", "?"},
      {"python_version == '3.*'", "holds", "holds", "?", "?"},
      {"python_version ~= '3.6'", "holds", "holds", "holds", "?"},
      {"python_version in '3.7 3.8'", "holds", "holds", "?", "?"},
      {"python_version not in '3.7 3.8'", "fails", "fails", "?", "?"},
      {"'3.9' > python_version", "holds", "holds", "?", "?"},
      {"python_full_version >= '3.8.5'", "holds", "?", "?", "?"},
      {"python_full_version < '3.8.5'", "fails", "?", "?", "?"},
      {"python_full_version < '3.8'", "fails", "?", "fails", "?"},
      {"sys_platform == 'linux'", "holds", "holds", "holds", "holds"},
      {"sys_platform == 'win32'", "fails", "fails", "fails", "fails"},
      {"sys_platform != 'darwin'", "holds", "holds", "holds", "holds"},
      {"'linux' in sys_platform", "holds", "holds", "holds", "holds"},
      {"platform_system != \"Windows\"", "holds", "holds", "holds", "holds"},
      {"os_name == 'nt'", "fails", "fails", "fails", "fails"},
      {"platform_python_implementation == 'PyPy'", "fails", "fails", "fails", "fails"},
      {"implementation_name == 'cpython'", "holds", "holds", "holds", "holds"},
      {"extra == 'dev'", "fails", "fails", "fails", "fails"},
      {"platform_machine == 'arm64'", "?", "?", "?", "?"},
      {"sys_platform == 'win32' or python_version < '3.9'", "holds", "holds", "?", "?"},
      {"sys_platform == 'linux' or python_version < '3.9'", "holds", "holds", "holds", "holds"},
      {"sys_platform == 'win32' and python_version < '3.9'", "fails", "fails", "fails", "fails"},
      {"(python_version < '3.7' or python_version >= '3.8') and sys_platform == 'linux'", "holds",
       "holds", "holds", "?"},
      {"python_version < '3.7' or python_version < '3.6' and os_name == 'posix'", "fails", "fails",
       "fails", "?"},
      {"((python_version<'3.9'))", "holds", "holds", "?", "?"},
      // What pip does not read.
      {"python_version < 3.9", "?", "?", "?", "?"},
      {"python_version", "?", "?", "?", "?"},
      {"'3.8' == '3.8'", "?", "?", "?", "?"},
      {"(sys_platform == 'linux'", "?", "?", "?", "?"},
      {"sys_platform == 'linux' and", "?", "?", "?", "?"},
      {"sys_platform == 'linux", "?", "?", "?", "?"},
      {"sys_platform is 'linux'", "?", "?", "?", "?"},
  };
  for (const auto& c : table) {
    EXPECT_EQ(Answer(c.marker, "==3.8.10"), c.full) << c.marker;
    EXPECT_EQ(Answer(c.marker, "==3.8"), c.minor) << c.marker;
    EXPECT_EQ(Answer(c.marker, ">=3.8,<3.11"), c.range) << c.marker;
    EXPECT_EQ(Answer(c.marker, ""), c.none) << c.marker;
  }
  EXPECT_EQ(Answer(std::string(10'000, '(') + "sys_platform == 'linux'", ""), "?");
  EXPECT_EQ(Answer("python_version < '3.9'", "absent"), "?");
  EXPECT_EQ(Answer("python_version < '3.9'", "3"), "?");
}

}  // namespace
}  // namespace weighlock
