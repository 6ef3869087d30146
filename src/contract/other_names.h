// Keys of a contract that ask for the same by another name: what compat.md calls the table
// [package], and what TOML keeps of a JSON target.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "json/json.h"

namespace weighlock {

struct OtherName {
  std::string_view key;    // "package.max_bytes"
  std::string_view means;  // "limits.total"
};
std::span<const OtherName> OtherNames();

// kUsage: a key and its other name are both there; then one of the two is not what anybody reads.
Status RefuseTwins(const std::string& path,
                   const std::map<std::string, uint64_t, std::less<>>& lines);

// "package.max_bytes" for "limits.total" where that is what stands in the file.
std::string_view AsWritten(std::string_view key,
                           const std::map<std::string, uint64_t, std::less<>>& lines);

// "torch-zip" of "pytorch-zip": a word of accept.formats, as inspect names the format.
std::string FormatAsInspected(std::string_view word);

}  // namespace weighlock
