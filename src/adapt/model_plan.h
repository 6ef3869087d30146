// Whether the target knows the model at all, whatever form its weights have.
#pragma once

#include <optional>

#include "compat/knowledge.h"
#include "compat/releases.h"
#include "weighlock/adapt.h"

namespace weighlock {

// FAIL where the target's transformers surely has no configuration for the package's model type,
// and the package brings none of its own: nothing that is done to the package helps then. Nothing
// where it has one, or where that cannot be said.
std::optional<Diagnosis> JudgeModel(const Package& package, const Target& target,
                                    const Knowledge& knowledge, const Releases& releases);

}  // namespace weighlock
