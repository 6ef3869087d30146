// Files of bare tensor bytes beside a model, as ONNX keeps weights of more than two gigabytes.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// Explains files of no known form by the models that say which tensors lie in them, and says which
// tensors lie outside of their file. Call once all files are judged. Loglinear in the tensors.
void MatchExternalData(Scanner& scanner);

}  // namespace weighlock::scan
