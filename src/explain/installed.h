// What the person already has, as far as a text or a target says: no upgrade to what lies behind
// that is one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/explain.h"
#include "weighlock/target.h"

namespace weighlock {

// The releases that a text says are there: "transformers-4.40.0.dist-info", "torch==2.1.0",
// "transformers version: 4.40.0". What it only wants ("requires torch 2.6", ">=2.6") is not there,
// and what it says twice, and otherwise, is not known. O(text).
std::map<std::string, Version> NamedVersions(std::string_view text);

class Installed {
 public:
  // `target` may be null; what it names wins over the text.
  Installed(std::string_view text, const Target* target);

  // The same upgrades; in place of those that lie behind what is there, or behind every release
  // that says `messages`, one row that says so.
  std::vector<Remedy> StillAhead(const std::vector<Remedy>& upgrades,
                                 const std::vector<SaidBy>& messages) const;
  // Whether a release of `component` that is there, or says the words, is no older than `version`.
  bool IsAtLeast(const std::string& component, const std::string& version,
                 const std::vector<SaidBy>& messages) const;
  // "the text names transformers 4.40.0, and these words are of <4.37.0: ..."; empty: they fit.
  std::string Contradiction(const std::vector<SaidBy>& messages) const;

 private:
  struct Had {
    Component component;
    std::string says;  // "the text names 4.40.0"
  };
  // What is known to be no older than `version`; empty: it may be older.
  std::string WhatIsAtLeast(const std::string& component, const std::string& version,
                            const std::vector<SaidBy>& messages) const;

  std::map<std::string, Had> had_;
};

}  // namespace weighlock
