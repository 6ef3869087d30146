// The words that templates are judged by: statements and filters of Jinja, and the names that lead
// to Python's internals.
#pragma once

#include <string_view>

namespace weighlock::scan {

bool IsStatement(std::string_view word);       // "for", "endfor", "set", ...
bool LoadsTemplates(std::string_view word);    // "import", "include", ...
bool IsKeyword(std::string_view word);         // of expressions: "in", "not", "if", ...
bool IsFilter(std::string_view name);          // of Jinja, and those that loaders of models add
bool TakesAttribute(std::string_view filter);  // "map", "selectattr", ...
bool BuildsAsFilter(std::string_view filter);  // makes new strings of others: "join", ...
bool BuildsAsMethod(std::string_view method);  // "format", "join", ...
bool IsOddGlobal(std::string_view name);       // "lipsum", "self", ...
bool IsCallableGlobal(std::string_view name);  // those, and "namespace", "raise_exception", ...
bool TakesFilter(std::string_view filter);     // by name, as its first argument: "map", ...

// Attributes without underscores around them that lead to frames, code and classes: "mro",
// "gi_frame", "func_globals", ...
bool IsInternal(std::string_view name);

// "class", "globals", ...: an attribute of every object, once underscores stand around it.
bool IsInternalWord(std::string_view text);

// Those of them that say what for: no ordinary template has use for "subclasses".
bool IsTellingWord(std::string_view text);

// "__x__", as a whole or between dots.
bool HoldsDunder(std::string_view text);

// A dunder of IsInternalWord, anywhere in it, in any case.
bool HoldsKnownDunder(std::string_view text);

// "_", "__", "__cla", "ss__": what a dunder could be put together from.
bool HasLooseUnderscores(std::string_view text);

// "{0.a}", "{x[b]}": str.format follows attributes.
bool FormatsAttributes(std::string_view text);

}  // namespace weighlock::scan
