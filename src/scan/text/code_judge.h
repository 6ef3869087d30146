// Source code in a package: what runs where it is deployed, and what no honest code of a model
// does.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Python, by name or first line.
bool IsPython(const Subject& subject);
void JudgePython(const Subject& subject, const FileScan& scan);

// Shell and batch scripts.
bool IsScript(const Subject& subject);
void JudgeScript(const Subject& subject, const FileScan& scan);

// requirements.txt, constraints, environment.yml, setup.cfg, pyproject.toml: what gets installed.
bool IsRequirements(const Subject& subject);
bool HasNameOfRequirements(const Subject& subject);  // whatever its bytes
void JudgeRequirements(const Subject& subject, const FileScan& scan);
void JudgePackages(std::string_view text, const FileScan& scan);  // the text of such a file

// One package of a list, at byte `at`: what a server installs, and where from.
bool IsFromElsewhere(std::string_view package);
void JudgePackage(std::string_view package, uint64_t at, const FileScan& scan);

// Text files named .pth, whose lines Python runs at each start where they lie beside its packages.
bool IsSiteFile(const Subject& subject);
void JudgeSiteFile(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
