// Each line as pip reads it: a package by its name is one thing, one from elsewhere another.
#include "scan/text/requirements_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/escape.h"
#include "scan/text/plain_text.h"
#include "scan/text/project_file.h"
#include "scan/text/settings_judge.h"
#include "scan/text/source_text.h"

namespace weighlock::scan {
namespace {

// "acme@file:/x", "acme @hg+ssh:/x": a scheme stands behind the sign.
bool HasAddressBehindAt(std::string_view package) {
  const size_t sign = package.find('@');
  if (sign == package.npos) return false;
  const std::string_view rest = Trimmed(package.substr(sign + 1));
  const size_t colon = rest.find(':');
  return colon != rest.npos && colon > 0 &&
         std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+';
         });
}

// Calls `take` as ForEachLine does, with lines joined that end with a backslash, as pip joins them.
template <class Take>
void ForEachJoinedLine(std::string_view text, Take take) {
  std::string joined;
  size_t begin = 0;
  ForEachLine(text, [&](std::string_view line, size_t at) {
    if (joined.empty()) begin = at;
    joined += line;
    if (joined.ends_with('\\') && !joined.starts_with('#')) return joined.pop_back();
    take(std::string_view(joined), begin);
    joined.clear();
  });
  if (!joined.empty()) take(std::string_view(joined), begin);
}

bool IsNameOfList(std::string_view name, std::string_view folder) {
  constexpr std::array<std::string_view, 4> kWords = {"requirement", "reqs", "constraint",
                                                      "-r.txt"};
  const bool is_list = name.ends_with(".txt") || name.ends_with(".in") || name.ends_with(".pip");
  return is_list && (folder.ends_with("requirements") ||
                     std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
                       return name.find(word) != name.npos;
                     }));
}

// "x.bin" of "-r x.bin", "--constraint=x.bin": a list that is judged by no name of its own.
std::string_view OtherList(std::string_view line) {
  size_t option = 0;
  if (line.starts_with("-r") || line.starts_with("-c")) {
    option = 2;
  } else if (line.starts_with("--")) {  // may be cut short
    option = std::min(line.find_first_of("= \t"), line.size());
    const std::string_view name = line.substr(0, option);
    const bool is_list = std::string_view("--requirement").starts_with(name) && name.size() > 4;
    if (!is_list && (name.size() < 3 || !std::string_view("--constraint").starts_with(name))) {
      return {};
    }
  }
  if (option == 0) return {};
  const size_t begin = line.find_first_not_of("= \t\"'", option);
  if (begin == line.npos) return {};
  std::string_view path = line.substr(begin);
  path = path.substr(0, path.find_first_of(" \t\"'#"));
  const size_t slash = path.rfind('/');
  const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
  const std::string_view folder = path.substr(0, slash == path.npos ? 0 : slash);
  const bool leads_out = path.find("..") != path.npos || path.starts_with('/');
  return leads_out || !IsNameOfList(name, folder) ? path : std::string_view();
}

}  // namespace

bool IsRequirements(const Subject& subject) {
  return HasNameOfRequirements(subject) && IsText(subject);
}

bool HasNameOfRequirements(const Subject& subject) {
  constexpr std::array<std::string_view, 13> kNames = {
      "constraints.txt", "environment.yml", "environment.yaml", "conda.yaml", "conda.yml",
      "setup.cfg",       "pyproject.toml",  "pipfile",          "pip.conf",   "pip.ini",
      "uv.toml",         "poetry.toml",     ".condarc"};
  const std::string_view name = subject.name;
  const std::string_view path = subject.place.chain.back();
  const size_t slash = path.rfind('/');
  const std::string_view folder = path.substr(0, slash == path.npos ? 0 : slash);
  return IsNameOfList(name, folder) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool IsFromElsewhere(std::string_view package) {
  for (const std::string_view sign : {"://", "git+", " @ "}) {
    if (package.find(sign) != package.npos) return true;
  }
  // pip takes options that are cut short: --index-url, --extra-index-url, --find-links,
  // --trusted-host, --editable. Then what lies beside the list.
  for (const std::string_view start : {"--i", "--ex", "--f", "--t", "--ed", "-i", "-f", "-e", "./",
                                       "../", "/", "file:", ".\\", "~/"}) {
    if (package.starts_with(start)) return true;
  }
  const std::string_view path = package.substr(0, package.find_first_of(";# "));
  for (const std::string_view end : {".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"}) {
    if (path.ends_with(end)) return true;
  }
  return package == "." || HasAddressBehindAt(package);
}

void JudgePackage(std::string_view package, uint64_t at, const FileScan& scan) {
  if (IsFromElsewhere(package)) {
    scan.Add("WL-S-407", at, fmt::format("it installs from elsewhere: {}", Quote(package, 80)));
  } else {
    scan.Add("WL-S-406", kNoOffset, "packages that a server installs, and their code with them");
  }
}

void JudgePackages(std::string_view text, const FileScan& scan) {
  bool is_elsewhere = false, is_listed = false;
  ForEachJoinedLine(text, [&](std::string_view line, size_t at) {
    if (line.starts_with('#')) return;
    if (!is_listed && !OtherList(line).empty()) {
      is_listed = true;
      scan.Add("WL-S-407", at,
               fmt::format("it takes packages from a list that is not named as one: {}",
                           Quote(line, 80)));
    }
    if (is_elsewhere || !IsFromElsewhere(line)) return;
    is_elsewhere = true;
    JudgePackage(line, at, scan);
  });
  if (!is_elsewhere) JudgePackage({}, kNoOffset, scan);
}

void JudgeRequirements(const Subject& subject, const FileScan& scan) {
  JudgePlainText(subject, scan);
  const auto text = TextOf(subject, scan);
  if (!text) return;
  JudgePackages(WithoutDescription(subject.name, *text), scan);
  JudgeSettings(subject, *text, scan);
}

}  // namespace weighlock::scan
