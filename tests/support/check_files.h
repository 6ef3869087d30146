// Packages that tests write, and what check says of them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "support/temporary_folder.h"
#include "weighlock/check.h"

namespace weighlock {

using CheckedFiles = std::map<std::string, std::string>;  // path and content

inline CheckedFiles With(CheckedFiles files, const std::string& name, const std::string& content) {
  files[name] = content;
  return files;
}

inline CheckedFiles Without(CheckedFiles files, const std::string& name) {
  files.erase(name);
  return files;
}

// What check makes of a folder of these files; in messages the folder is called PKG.
inline CheckReport CheckFiles(const CheckedFiles& files, const std::string& target) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : files) WriteFile(folder / name, content);
  auto runtime = ParseTarget(target);
  EXPECT_TRUE(runtime) << target;
  auto checked = Check(folder / ".", *runtime, CheckOptions());
  EXPECT_TRUE(checked) << checked.error().Message();
  CheckReport report = checked ? *std::move(checked) : CheckReport();
  for (CheckFinding& finding : report.findings) {
    const std::string place = folder / ".";
    for (size_t at; (at = finding.message.find(place)) != std::string::npos;) {
      finding.message.replace(at, place.size(), "PKG");
    }
  }
  return report;
}

// The finding of a rule, where the rule itself holds; or null.
inline const CheckFinding* FindRule(const CheckReport& report, std::string_view rule) {
  for (const CheckFinding& finding : report.findings) {
    if (finding.rule == rule && !finding.inherited) return &finding;
  }
  return nullptr;
}

}  // namespace weighlock
