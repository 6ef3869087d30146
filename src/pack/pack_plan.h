// What goes into an archive, under which names, and what does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "package/package_reader.h"
#include "weighlock/pack.h"

namespace weighlock {

struct PackEntry {
  std::string path;                // in the archive; goes on into the report
  std::optional<size_t> artefact;  // its content; else `text`
  std::string text;
};

struct PackPlan {
  std::vector<PackEntry> files;       // in byte order of their paths
  std::vector<std::string> folders;   // that are empty, in byte order
  std::string top;                    // what all of them begin with: "" or "folder/"
  std::vector<LeftOutFile> left_out;  // in byte order of their paths
  std::vector<Finding> refusals;
  std::vector<std::string> notes;
};

// Reads small texts of the package, in search of tokens. The manifest's own files are not among the
// plan's, but nothing else stands in their places. kUsage: the output's kind does not suit the
// layout.
Result<PackPlan> MakePackPlan(const OpenedPackage& opened, const std::string& output,
                              const PackOptions& options);

}  // namespace weighlock
