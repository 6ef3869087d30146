// What torch.save and torch.jit.save write since 1.6: a zip of a pickle and its storages.
#pragma once

#include "scan/archive/zip_view.h"

namespace weighlock::scan {

// Rows of ZipFormats(). A TorchScript archive brings code, which is a finding.
bool IsTorchZip(const ZipView& zip);
void JudgeTorchZip(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);
bool IsTorchScript(const ZipView& zip);
void JudgeTorchScript(const ZipView& zip, const FileScan& scan, std::vector<bool>& explained);

}  // namespace weighlock::scan
