// The files of an unpacked archive against the SHA256SUMS that came with them.
#pragma once

#include <string>

#include "weighlock/unpack.h"

namespace weighlock {

// `tree` is where the members of `report` lie. Where a SHA256SUMS is among them, at the top or in
// the one folder there, each file that it lists must be there (kMismatch) and have its digest
// (kMismatch). Notes what it does not list. kMalformed: it is no such list.
Status VerifySums(const std::string& tree, const Limits& limits, UnpackReport& report);

}  // namespace weighlock
