// Where symbolic links end, which counts, and not how they are spelt.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace weighlock {

// Where a link ends, if that is in the folder `root`; else nothing.
std::optional<std::filesystem::path> TargetInside(const std::string& root, const std::string& path);

// Whether `path` is a link that ends at `target` as a hub cache keeps its files:
// CACHE/snapshots/REVISION/x -> CACHE/blobs/DIGEST.
bool IsOfHubCache(const std::string& path, const std::filesystem::path& target);

// Whether a link ends neither in the folder nor in the blobs of the hub cache that it is of.
bool LeadsOut(const std::string& root, const std::string& path);

}  // namespace weighlock
