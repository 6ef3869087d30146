// Zips that a careful unpacker refuses, assembled record by record: for tests, and to see what
// other tools make of them (docs/packaging.md). Not part of the library.
#pragma once

#include <string>
#include <vector>

#include "weighlock/result.h"

namespace weighlock::zip_test {

struct Hazard {
  const char* name;
  std::string archive;
  Code code;
  std::string what;  // of the error
};

// A zip of members that unpack to nothing that was packed, or that lead elsewhere.
std::vector<Hazard> Hazards();

}  // namespace weighlock::zip_test
