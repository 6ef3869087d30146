// What pip writes and reads: the list of pip freeze, and requirements.txt.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weighlock/contract.h"

namespace weighlock {

struct PipList {
  Target target;
  // Only pins, in the order in which pip freeze writes them: nothing else is installed.
  bool complete = false;
  bool of_conda = false;  // what conda list --export printed
  // Packages that come from an address or a folder, so that their versions are not known.
  std::set<std::string, std::less<>> addressed;
  // Packages whose lines hold under a condition that hangs on what is not known, and is taken to
  // hold.
  std::set<std::string, std::less<>> conditional;
  std::vector<std::string> notes;
};

// `path` is for messages, and its name says whether it is a requirements file, which is never
// complete. `python` is what is known of the version for which the list is installed, and decides
// conditions; null: nothing. kUsage: a line that is none of pip's, or two that contradict each
// other.
Result<PipList> ReadPipList(const std::string& path, std::string_view text,
                            const Component* python = nullptr);

// Whether a package can be called so: letters, digits, "-", "_" and ".".
bool IsComponentName(std::string_view name);

// A requirement in itself: "transformers[torch]>=4.36,<4.40; python_version > '3.8'", "torch @
// URL". Its name comes normalised. `note` is what has to be said of it.
struct Requirement {
  std::string name;  // empty: it is passed over
  Component component;
  bool pinned = false;
  bool conditional = false;
  bool never_holds = false;  // its condition does not, and so it has no name here
  std::string note;
};
Result<Requirement> ReadRequirement(std::string_view text, const Component* python = nullptr);

// What "-e ADDRESS" installs, as far as the address says it: without a name it does not.
Requirement ReadEditable(std::string_view address);

}  // namespace weighlock
