// Objects of libraries as arguments of what would ask them for their items, their length, their
// number: their methods run with the attributes that the file has set, and may call those.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/pickle.h"

namespace weighlock::scan {

// What is wrong with a call under `rule` that is given such an object, as the end of a sentence;
// nothing where it only keeps its arguments, or the object is of its own library.
std::optional<std::string> AsksObjects(const pickle::Pickle& pickle, std::string_view rule,
                                       const pickle::Call& call);

// Lists and dictionaries of such a call whose elements it would ask as well, pairs for a
// dictionary, rows for a table: each of them is to be looked at once, however many calls have it.
std::vector<pickle::ValueId> AskedLists(const pickle::Pickle& pickle, std::string_view rule,
                                        const pickle::Call& call);

// What is wrong with one of these; nothing where it holds no object of a library.
std::optional<std::string> HoldsObjects(const pickle::Pickle& pickle, pickle::ValueId list);

}  // namespace weighlock::scan
