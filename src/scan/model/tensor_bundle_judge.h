// Checkpoints of TensorFlow: an .index that says which tensors lie in the .data files beside it.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// The .index: a table of keys and values (tensorflow/core/lib/io/table_format.txt), whose values
// are BundleEntryProtos (tensor_bundle.proto). Its tensors explain the .data files
// (external_data.h). Only what lies in 16 MiB is recognised.
bool IsTensorBundle(const Subject& subject);
void JudgeTensorBundle(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
