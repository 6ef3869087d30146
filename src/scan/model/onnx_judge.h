// ONNX: graphs of operators, which may take their tensors from files beside them.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

bool IsOnnx(const Subject& subject);
void JudgeOnnx(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
