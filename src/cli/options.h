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

inline void AddFormat(CLI::App& verb, OutputFormat& format) {
  AddChoice(verb, "--format", format,
            {{"text", OutputFormat::kText}, {"json", OutputFormat::kJson}},
            "text (default) or json");
}

}  // namespace weighlock
