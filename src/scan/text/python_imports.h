// Names of Python code as they were before it gave them others.
#pragma once

#include <string>
#include <string_view>

namespace weighlock::scan {

// The code with names that `import a.b as c` and `from a import b as c` give written in full:
// "c.run(" becomes "a.b.run(". What a function or a loop gives a name again is not followed: then
// names are in full that are not those of the import. `code` has no strings and no comments.
std::string WithFullNames(std::string_view code);

}  // namespace weighlock::scan
