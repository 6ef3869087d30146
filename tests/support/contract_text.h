// Contracts as texts, and what they make of small packages.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "contract/judge_contract.h"
#include "support/safetensors_file.h"
#include "support/temporary_folder.h"
#include "support/tried_rules.h"
#include "weighlock/contract.h"

namespace weighlock {

inline const std::string kHead = "contract = 1\nid = \"a/b\"\nversion = \"2\"\n";

inline Result<GivenTarget> ReadText(const std::string& text) {
  const TemporaryFolder folder;
  WriteFile(folder / "handover.toml", text);
  return ReadTarget(folder / "handover.toml");
}

// The error of a contract, without its folder; empty: none.
inline std::string Fault(const std::string& text) {
  const auto given = ReadText(text);
  if (given) return "";
  const std::string message = given.error().Message();
  const size_t at = message.find("handover.toml");
  return at == std::string::npos ? message : message.substr(at);
}

// The first contract of the document, or the second, which has the other names of keys.
inline std::string ExampleOfTheDocument(bool other_names = false) {
  const std::string text = ReadFile(std::string(WL_SOURCE_DIR) + "/docs/contract.md");
  const std::string begin = "```toml\n";
  size_t at = text.find(begin) + begin.size();
  if (other_names) at = text.find(begin, at) + begin.size();
  return text.substr(at, text.find("```", at) - at);
}

using Files = std::map<std::string, std::string>;

inline Files SmallModel() {
  return {
      {"config.json",
       R"({"model_type": "bert", "architectures": ["BertForMaskedLM"], "id2label": {"0": "NO"}})"},
      {"vocab.txt", "a\n"},
      {"README.md", "---\nlicense: mit\n---\n"},
      {"model.safetensors", SafetensorsFile({{"w", "F32", "[4]", Floats(4, 1)}}, "{}")}};
}

inline Files With(const std::string& name, const std::string& content) {
  Files files = SmallModel();
  files[name] = content;
  return files;
}

inline Files Without(const std::string& name) {
  Files files = SmallModel();
  files.erase(name);
  return files;
}

// "WL-H-010 the text; ..." of a package of these files.
inline std::string Judged(const Files& files, const std::string& rules) {
  const TemporaryFolder folder;
  for (const auto& [name, content] : files) {
    const std::filesystem::path path = folder / ("p/" + name);
    std::filesystem::create_directories(path.parent_path());
    WriteFile(path.string(), content);
  }
  const auto given = ReadText(kHead + rules);
  if (!given) return given.error().Message();
  const Limits limits;
  const auto opened = OpenPackage(folder / "p", limits, nullptr, Hold::kDescriptions);
  if (!opened) return opened.error().Message();
  std::string out;
  for (const CheckFinding& finding : JudgeContract(*given->contract, *opened, limits)) {
    out += (out.empty() ? "" : "; ") + finding.rule + " " + finding.text;
    NoteTried(finding.rule, true);
  }
  return out;
}

// "WL-H-029 ..." of a package that lies at `path`.
inline std::string JudgedAt(const std::string& path, const std::string& rules) {
  const auto given = ReadText(kHead + rules);
  if (!given) return given.error().Message();
  const auto opened = OpenPackage(path, Limits(), nullptr, Hold::kDescriptions);
  if (!opened) return opened.error().Message();
  std::string out;
  for (const CheckFinding& finding : JudgeContract(*given->contract, *opened, Limits())) {
    out += finding.rule;
    NoteTried(finding.rule, true);
  }
  return out;
}

}  // namespace weighlock
