// One artefact, looked at: its format from its bytes, its role from its name, its tensors, and
// what is wrong with it.
#pragma once

#include "base/byte_source.h"
#include "weighlock/package.h"

namespace weighlock {

// Looks at `source`, which stands at `path` in a package, and appends to `findings`. What cannot be
// read is a finding; nothing fails.
Artefact Examine(const ByteSource& source, const std::string& path, const Limits& limits,
                 std::vector<Finding>& findings);

// Whether a role's files hold tensors or pickles worth reading.
bool WantsModel(Role role);

}  // namespace weighlock
