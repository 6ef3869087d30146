// Python 2 names of classes and functions, and what Python 3 calls them.
#pragma once

#include <string_view>

namespace weighlock::pickle {

struct QualifiedName {
  std::string_view module;
  std::string_view name;
};

// What CPython 3 imports when a stream of protocol 0 to 2 asks for `module` and `name` (it leaves
// later protocols alone): "__builtin__ xrange" is "builtins range". Both views may be those given.
QualifiedName ModernName(std::string_view module, std::string_view name);

}  // namespace weighlock::pickle
