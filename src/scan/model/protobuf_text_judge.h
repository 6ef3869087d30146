// Protocol buffers as text (https://protobuf.dev/reference/protobuf/textformat-spec): TensorFlow
// reads a saved_model.pbtxt where there is no saved_model.pb.
#pragma once

#include "scan/scanner.h"

namespace weighlock::scan {

// By the name, for loaders find it by that; its bytes must be text.
bool IsProtobufText(const Subject& subject);
void JudgeProtobufText(const Subject& subject, const FileScan& scan);

}  // namespace weighlock::scan
