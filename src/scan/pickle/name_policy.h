// What is known of the classes and functions that pickles name: kb/scan/names.tsv, written by hand,
// and kb/scan/libraries.tsv, read from the wheels of libraries (tools/harvest/scan_names.py).
#pragma once

#include <cstdint>
#include <string_view>

namespace weighlock::scan {

// kAllowed: makes data of data, under a rule for its arguments. kLibrary: an object of a library
// that runs nothing when it is loaded. kDangerous: runs code, or reaches what does. kTampering: a
// scanner, whose checks could be switched off.
enum class Standing : uint8_t { kUnknown, kAllowed, kLibrary, kDangerous, kTampering };

inline bool IsBad(Standing standing) {
  return standing == Standing::kDangerous || standing == Standing::kTampering;
}

struct NamePolicy {
  Standing standing = Standing::kUnknown;
  std::string_view rule;  // "container", "tensor", ...: argument_rules.h
};

// `module` and `name` as Python 3 imports them. A row of the very name counts first; then one of
// the whole module ("*"), or of a package around it. O(log n) in the tables for each component.
NamePolicy LookupName(std::string_view module, std::string_view name);

// "__class__" and its like: attributes of Python itself.
bool IsDunder(std::string_view name);

}  // namespace weighlock::scan
