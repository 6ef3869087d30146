// The stream form of torch.save, before 1.6. Private to this room.
#pragma once

#include "base/byte_source.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

Result<Model> ReadTorchLegacy(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
