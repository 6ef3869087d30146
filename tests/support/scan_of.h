// A scan of bytes under a name, as if they were a file.
#pragma once

#include <string>
#include <string_view>

#include "scan/scanner.h"

namespace weighlock {

inline ScanReport ScanOf(const std::string& name, std::string_view bytes,
                         const ScanOptions& options = {}) {
  scan::Scanner scanner{options};
  scanner.ScanBytes(
      ByteSource::FromMemory(ByteVector(AsBytes(bytes).begin(), AsBytes(bytes).end()), name),
      {{name}, 0});
  return std::move(scanner).Finish();
}

}  // namespace weighlock
