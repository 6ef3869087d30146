// Paths and names of the file, quoted.
#include "scan/model/graph_findings.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "base/package_path.h"

namespace weighlock::scan {

std::optional<std::string> PathBeside(const std::string& location, uint64_t said_at,
                                      const FileScan& scan) {
  auto path = NormalisePath(location, scan.limits());
  if (path) return *std::move(path);
  scan.Add("WL-S-351", said_at, fmt::format("it takes data from {}", Quote(location)));
  return std::nullopt;
}

void AddNames(std::string_view rule, std::string_view what, const std::set<std::string>& names,
              const FileScan& scan) {
  constexpr size_t kMostSaid = 200;  // bytes
  if (names.empty()) return;
  std::string list;
  for (const std::string& name : names) {
    if (list.size() < kMostSaid) list += (list.empty() ? "" : ", ") + Escape(name);
  }
  scan.Add(rule, kNoOffset, fmt::format("{} {}", what, list));
}

}  // namespace weighlock::scan
