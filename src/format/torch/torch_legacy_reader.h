// The stream form of torch.save, before 1.6. Private to this room.
#pragma once

#include "format/torch/torch_object.h"

namespace weighlock::torch {

Result<TorchObject> ReadTorchLegacy(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
