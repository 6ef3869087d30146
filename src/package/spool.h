// A .tar.gz whose members must be read in another order than they stand: unpacked into a file
// without a name, beside the output, gone when the last reader is.
#pragma once

#include "package/package_reader.h"

namespace weighlock {

Result<OpenedPackage> OpenSpooled(const std::string& input, const std::string& output,
                                  const Limits& limits);

}  // namespace weighlock
