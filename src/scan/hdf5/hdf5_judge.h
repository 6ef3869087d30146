// HDF5, which Keras, PyTables and others keep weights and models in.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsHdf5(const Subject& subject);
void JudgeHdf5(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
