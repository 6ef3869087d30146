// What torch.package.PackageExporter writes: pickles, the Python that they need, and the storages
// of their tensors.
#pragma once

#include "scan/archive/zip_view.h"

namespace weighlock::scan {

// A row of ZipFormats(). Its Python runs when one of its pickles is loaded, which is a finding.
bool IsTorchPackage(const ZipView& zip);
void JudgeTorchPackage(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);

}  // namespace weighlock::scan
