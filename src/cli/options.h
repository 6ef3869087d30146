// Options that several verbs have.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace weighlock {

// An option that takes one of a few words.
template <class T>
void AddChoice(CLI::App& verb, const std::string& name, T& value, std::map<std::string, T> words,
               const std::string& help) {
  std::vector<std::string> names;
  for (const auto& [word, meaning] : words) names.push_back(word);
  verb.add_option_function<std::string>(
          name, [&value, words](const std::string& word) { value = words.at(word); }, help)
      ->check(CLI::Validator(
          [names, name](const std::string& word) {
            if (std::find(names.begin(), names.end(), word) != names.end()) return std::string();
            return "wanted " + CLI::detail::join(names, " or ") + ", found " + word;
          },
          ""))
      ->type_name("WORD");
}

// Of a path that is read at more than one place, or that may not be written over.
inline CLI::Validator NoStandardStream(const std::string& instead) {
  return CLI::Validator(
      [instead](const std::string& path) { return path == "-" ? instead : std::string(); }, "");
}
inline CLI::Validator NoStandardInput() {
  return NoStandardStream(
      "a package is read at more than one place, which standard input cannot be: save it to a file "
      "first (./- is a file of the name -)");
}
inline CLI::Validator NoStandardOutput() {
  return NoStandardStream("wanted the name of a new file; without it standard output is taken");
}

inline void AddFormat(CLI::App& verb, OutputFormat& format) {
  AddChoice(verb, "--format", format,
            {{"text", OutputFormat::kText}, {"json", OutputFormat::kJson}},
            "text (default) or json");
}

}  // namespace weighlock
