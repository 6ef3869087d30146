// Tars, and whatever is packed by gzip and its like: judged as they stream by, once.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsTar(const Subject& subject);
void JudgeTar(const Subject& subject, const FileScan& scan);

// The tar of torch 0.1: its members are judged like any others, and the form itself is a finding.
bool IsTorchTar(const Subject& subject);
void JudgeTorchTar(const Subject& subject, const FileScan& scan);

// gzip, bzip2, xz, lzma, zstd, zlib, lz4: of a tar, or of one file.
bool IsPacked(const Subject& subject);
void JudgePacked(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
