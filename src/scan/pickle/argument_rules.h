// What the allow-listed constructors of a pickle may be given: the closed set of rules that the
// rows of kb/scan/names.tsv name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pickle/pickle.h"

namespace weighlock::scan {

// Whether the word names a rule.
bool IsArgumentRule(std::string_view word);

// What is wrong with a call of an allowed or library name under `rule`, as the end of a sentence
// ("is called with 3 arguments, wanted 2"); nothing where all is well. What the arguments hold is
// judged for itself: every call and import among them is another value of the graph.
std::optional<std::string> BrokenRule(const pickle::Pickle& pickle, std::string_view rule,
                                      const pickle::Call& call);

// Whether BUILD may follow a call under the rule.
bool HasState(std::string_view word);

}  // namespace weighlock::scan
