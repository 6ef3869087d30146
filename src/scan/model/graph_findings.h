// What the judges of graphs have to say alike.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// The path of a file beside the graph, in normal form; nothing where it leads out, which is said.
std::optional<std::string> PathBeside(const std::string& location, uint64_t said_at,
                                      const FileScan& scan);

// One finding for all `names`, if there are any: "operators of the domains a, b".
void AddNames(std::string_view rule, std::string_view what, const std::set<std::string>& names,
              const FileScan& scan);

}  // namespace weighlock::scan
