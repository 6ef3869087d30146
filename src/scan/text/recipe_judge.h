// Code that no loader of a model runs: recipes of builds, hooks, notebooks, sources of other
// languages; and the settings of servers.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// By name or place: Dockerfile, Makefile, .git/config, .github/workflows, *.cpp, *.ipynb, ...
bool IsRecipe(const Subject& subject);
void JudgeRecipe(const Subject& subject, const FileScan& scan);
// The finding alone, for judges who read the file themselves.
void SayRecipe(const Subject& subject, const FileScan& scan);

// serving.properties of DJL, config.properties of TorchServe, and their like.
bool IsProperties(const Subject& subject);
void JudgeProperties(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
