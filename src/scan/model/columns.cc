// pyarrow before 14.0.1 unpickles types of this name (CVE-2023-47248), and later releases do where
// they are told to.
#include "scan/model/columns.h"

namespace weighlock::scan {

void JudgeSchemaText(std::string_view text, uint64_t at, const FileScan& scan) {
  const size_t found = text.find("arrow.py_extension_type");
  if (found == text.npos) return;
  scan.Add("WL-S-355", at + found, "a column is of a type that pyarrow unpickles to read the file");
}

}  // namespace weighlock::scan
