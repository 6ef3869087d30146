// The files of two packages that are no weights.
#pragma once

#include "package/package_reader.h"
#include "weighlock/diff.h"

namespace weighlock {

// Compares configuration, tokenizers, code and files of unknown purpose: JSON by its values, others
// by their bytes. Fills in report.equal_files and report.files.
Status CompareFiles(const OpenedPackage& a, const OpenedPackage& b, const Limits& limits,
                    DiffReport& report);

// The same for two single files of any name that are no weights.
Status CompareTwoFiles(const OpenedPackage& a, const OpenedPackage& b, const Limits& limits,
                       DiffReport& report);

}  // namespace weighlock
