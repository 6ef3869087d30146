// What a platform makes of an archive that our strict reader refuses: links, names that lead
// elsewhere, broken ends. Nothing of it is unpacked to say so.
#pragma once

#include <string>

#include "weighlock/check.h"

namespace weighlock {

// A report on the archive `path` that could not be opened for `refusal`: a finding for what is
// wrong with it, and no later stage reached. The target must name a platform.
CheckReport ReportRefused(const std::string& path, PackageKind kind, const Target& target,
                          const Error& refusal, const Limits& limits);

// Whether the report is to be made: an archive's fault, and a platform that has a word on it.
bool IsPlatformsMatter(PackageKind kind, const Target& target, const Error& refusal);

}  // namespace weighlock
