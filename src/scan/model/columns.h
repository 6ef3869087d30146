// Files of columns: Arrow and Parquet.
#pragma once

#include <string_view>

#include "scan/scanner.h"

namespace weighlock::scan {

// What a file says of its columns, as it stands at byte `at`: a type that pyarrow unpickles is
// WL-S-355.
void JudgeSchemaText(std::string_view text, uint64_t at, const FileScan& scan);

}  // namespace weighlock::scan
