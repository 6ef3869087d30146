// HDF5, which Keras, PyTables and others keep weights and models in.
#pragma once

#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

inline constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";

bool IsHdf5(const Subject& subject);
void JudgeHdf5(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
