// What a server installs: lists of packages, and files that hold such lists.
#pragma once

#include <cstdint>
#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// requirements.txt, constraints, environment.yml, setup.cfg, pyproject.toml: what gets installed.
bool IsRequirements(const Subject& subject);
bool HasNameOfRequirements(const Subject& subject);  // whatever its bytes
void JudgeRequirements(const Subject& subject, const FileScan& scan);
void JudgePackages(std::string_view text, const FileScan& scan);  // the text of such a file

// One package of a list, at byte `at`: what a server installs, and where from.
bool IsFromElsewhere(std::string_view package);
void JudgePackage(std::string_view package, uint64_t at, const FileScan& scan);

}  // namespace weighlock::scan
