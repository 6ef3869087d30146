// Roles by name: the table of what trainers and tokenizers leave in a folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weighlock/package.h"

namespace weighlock {

Role RoleOf(std::string_view path);

// The folder "checkpoint-500" of a Trainer that the path lies in, from the package's top; empty:
// none.
std::string_view CheckpointOf(std::string_view path);

// The role that a file of a checkpoint would have in a folder of another name.
Role RoleOutsideCheckpoint(std::string_view path);

// Whether one of the patterns (package/name_pattern.h) matches the path.
bool MatchesAny(const std::vector<std::string>& patterns, const std::string& path);

// Adds a note for each pattern of an option ("--drop") that matches none of the paths.
void AddIdlePatterns(std::string_view option, const std::vector<std::string>& patterns,
                     const std::vector<std::string_view>& paths, std::vector<std::string>& notes);

// Whether files of this name hold passwords, tokens or private keys.
bool IsSecretFile(std::string_view path);

}  // namespace weighlock
