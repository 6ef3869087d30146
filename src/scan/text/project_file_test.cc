// What describes a project is no package to install; what only looks so is.
#include "scan/text/project_file.h"

#include <gtest/gtest.h>

namespace weighlock::scan {
namespace {

struct Case {
  const char* name;
  const char* text;
  bool is_left;  // whether the address is left in the text
};

TEST(ProjectFile, TakesOutWhatOnlyDescribes) {
  const Case cases[] = {
      {"pyproject.toml", "[project]\nname = 'x'\nhomepage = \"https://a\"\n", false},
      {"pyproject.toml", "[project.urls]\nSource = \"https://a\"\n", false},
      {"pyproject.toml", "[ project . urls ]  # pages\nSource = \"https://a\"\n", false},
      {"pyproject.toml", "[project]\nurls = { Home = \"https://a\" }\n", false},
      {"pyproject.toml", "[project]\nurls.Home = \"https://a\"\n", false},
      {"pyproject.toml", "[tool.poetry]\nrepository = \"https://a\"\n", false},
      {"setup.cfg", "[metadata]\nurl = https://a\nproject_urls =\n  x = https://a\n", false},
      {"pyproject.toml", "[project]\ndependencies = [\"x @ https://a\"]\n", true},
      {"pyproject.toml", "[project]\ndependencies = [\n\"homepage = x @ https://a\"]\n", true},
      {"pyproject.toml", "[project.urls]\nx = \"y\"\n[[tool.poetry.source]]\nurl = \"https://a\"\n",
       true},
      {"pyproject.toml",
       "[project]\nx = \"\"\"\n[project.urls]\n\"\"\"\ndependencies = [\"https://a\"]\n", true},
      {"pyproject.toml", "[tool.uv.sources]\nhomepage = { url = \"https://a\" }\n", true},
      {"setup.cfg", "[options]\ninstall_requires = x @ https://a\n", true},
      {"setup.cfg", "[metadata]\n  name = x\n [options]\n install_requires = x @ https://a\n",
       true},
      {"requirements.txt", "[project.urls]\nhomepage = https://a\n", true},
  };
  for (const Case& row : cases) {
    const std::string out = WithoutDescription(row.name, row.text);
    EXPECT_EQ(out.size(), std::string_view(row.text).size());
    EXPECT_EQ(out.find("https://") != out.npos, row.is_left) << row.name << ": " << row.text;
  }
}

}  // namespace
}  // namespace weighlock::scan
