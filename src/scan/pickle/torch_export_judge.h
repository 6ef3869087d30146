// Archives of torch.export (.pt2): a graph as JSON, and its weights as bare bytes.
#pragma once

#include <vector>

#include "scan/archive/zip_view.h"

namespace weighlock::scan {

bool IsTorchExport(const ZipView& zip);

// Explains the members that a configuration of the archive says are the elements of tensors; the
// rest is judged by its content.
void JudgeTorchExport(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);

}  // namespace weighlock::scan
