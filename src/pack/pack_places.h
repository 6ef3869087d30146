// Whether the places that a layout gives to files can stand in one archive.
#pragma once

#include <string>
#include <vector>

#include "pack/pack_layout.h"
#include "pack/pack_plan.h"

namespace weighlock {

// Holds the places of files and empty folders against what names may be, against one another, and
// against those of the manifest's files: two that some system takes for one must not travel
// together. `files` and `folders` are the paths in the folder of those in `paths`. Adds refusals,
// and notes on names. kLimit: too many of them.
Status JudgePlaces(const ArchivePaths& paths, const std::vector<std::string>& files,
                   const std::vector<std::string>& folders, const PackOptions& options,
                   PackPlan& plan);

}  // namespace weighlock
