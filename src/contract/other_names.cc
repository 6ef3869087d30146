// The pairs, in the order in which docs/contract.md has them.
#include "contract/other_names.h"

#include <fmt/format.h>

#include "contract/text_file.h"

namespace weighlock {
namespace {

constexpr OtherName kOtherNames[] = {
    {"schema", "contract"},
    {"name", "id"},
    {"package.container", "target.form"},
    {"package.root", "layout.root"},
    {"package.require", "require.files"},
    {"package.weights", "accept.weights"},
    {"package.forbid", "forbid.files"},
    {"package.max_bytes", "limits.total"},
    {"package.max_file_bytes", "limits.file"},
    {"package.manifest", "integrity.manifest"},
};

}  // namespace

std::span<const OtherName> OtherNames() {
  return kOtherNames;
}

Status RefuseTwins(const std::string& path,
                   const std::map<std::string, uint64_t, std::less<>>& lines) {
  for (const OtherName& other : kOtherNames) {
    const auto own = lines.find(other.means), twin = lines.find(other.key);
    if (own == lines.end() || twin == lines.end()) continue;
    return LineError(path, twin->second,
                     fmt::format("{} asks for what {} in line {} asks for: keep one of them",
                                 other.key, other.means, own->second));
  }
  return {};
}

std::string_view AsWritten(std::string_view key,
                           const std::map<std::string, uint64_t, std::less<>>& lines) {
  if (lines.contains(key)) return key;
  for (const OtherName& other : kOtherNames) {
    if (other.means == key && lines.contains(other.key)) return other.key;
  }
  return key;
}

std::string FormatAsInspected(std::string_view word) {
  if (word == "pytorch-zip") return "torch-zip";
  if (word == "pytorch-legacy") return "torch-legacy";
  if (word == "h5") return "hdf5";
  return std::string(word);
}

}  // namespace weighlock
