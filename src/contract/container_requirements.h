// What SageMaker's containers install before they load a model: code/requirements.txt of the
// package, with pip, over what the image has.
#pragma once

#include <string>
#include <vector>

#include "compat/releases.h"
#include "package/package_reader.h"
#include "weighlock/check.h"

namespace weighlock {

struct ContainerRequirements {
  Target target;  // what loads the model then; the image's own where nothing is installed
  std::vector<CheckFinding> findings;  // of packaging
  std::string sets_transformers_in;    // the file that does, where one does
};

// Of a target that is no container of SageMaker, and of a package without the file: `image`.
ContainerRequirements InstallRequirements(const OpenedPackage& opened, const Target& image,
                                          const Releases& releases);

}  // namespace weighlock
