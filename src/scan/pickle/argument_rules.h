// What the allow-listed constructors of a pickle may be given: the closed set of rules that the
// rows of kb/scan/names.tsv name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pickle/pickle.h"
#include "scan/pickle/name_policy.h"

namespace weighlock::scan {

// A class or function that a value names, and what the policy says of it.
struct NamedCallee {
  std::string module, name;  // as Python 3 imports them
  NamePolicy policy;
};
// Nothing where the value is no global, or its name is made at run time. `protocol` is that of the
// stream, for the names of Python 2.
std::optional<NamedCallee> CalleeOf(const pickle::Pickle& pickle, pickle::ValueId callee);

// Whether the word names a rule.
bool IsArgumentRule(std::string_view word);

// What is wrong with a call of an allowed or library name under `rule`, as the end of a sentence
// ("is called with 3 arguments, wanted 2"); nothing where all is well. What the arguments hold is
// judged for itself: every call and import among them is another value of the graph.
std::optional<std::string> BrokenRule(const pickle::Pickle& pickle, std::string_view rule,
                                      const pickle::Call& call);

// The same for a state that BUILD sets on what a call returned.
std::optional<std::string> BrokenState(const pickle::Pickle& pickle, std::string_view rule,
                                       pickle::ValueId state);

// Whether what a call under `rule` returns takes items (SETITEMS), or elements (APPENDS, ADDITEMS).
bool TakesItems(std::string_view rule, Standing standing);
bool TakesElements(std::string_view rule, Standing standing);

// Whether numpy would take the text of a dtype ("f8", "<U5", "V8") for plain values: no objects.
bool IsPlainDType(std::string_view text);

}  // namespace weighlock::scan
