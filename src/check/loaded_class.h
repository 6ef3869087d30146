// The class that the target makes of a package: AutoModelFor... takes it from the model type, and
// config.json's architectures only say which task it is for.
#pragma once

#include <string>
#include <string_view>

#include "check/situation.h"

namespace weighlock {

// The class that config.json names; empty: none.
std::string NamedArchitecture(const Situation& situation);

// Who makes classes with such an ending: "AutoModelForMaskedLM"; "AutoModel" for all others.
std::string_view AutoClassOf(std::string_view architecture);

// The class that is made in its place where the model type is of another: "RobertaForMaskedLM" for
// BertForMaskedLM of the type roberta. Empty: the model type has none for that task.
std::string LoadedArchitecture(const Situation& situation);

}  // namespace weighlock
