// Zips one behind the other in one file, as torch.distributed.checkpoint keeps what each process
// has saved.
#pragma once

#include <vector>

#include "base/byte_source.h"
#include "scan/scanner.h"
#include "weighlock/model.h"

namespace weighlock::scan {

// The zips that tile the file of such a name from its first byte to its last, each by its own
// offsets and without a comment; empty where it is no sequence of two or more.
std::vector<Extent> ZipSequence(const Subject& subject);

}  // namespace weighlock::scan
