// A package in which nothing is left that could run: what scan condemns is not kept, what pickles
// would only make by calls is left out, and the result is scanned.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "package/package_sink.h"
#include "weighlock/adapt.h"

namespace weighlock {

// Artefacts of the package at `input` that scan finds something in (of medium level or worse), or
// does not judge to the end, and why. Pickles among them are rebuilt, others must go.
Result<std::map<std::string, std::string>> CondemnedArtefacts(const std::string& input,
                                                              const AdaptOptions& options);

// Whether a class or function may be named in the JSON of an object.
bool MayStayDisarmed(std::string_view module, std::string_view name);

// kConflict where the output is no folder. Where it is, what was staged must be clean: kMismatch
// says what is not.
Status RefuseDisarmedOutput(const std::string& output);
Status ProveDisarmed(const PackageSink& sink, const AdaptOptions& options);

}  // namespace weighlock
