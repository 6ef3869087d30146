// The tar of torch 0.1: three members, storages, tensors and pickle. docs/formats/torch-tar.md.
#pragma once

#include "format/torch/torch_object.h"

namespace weighlock::torch {

// Errors: kUnsupported where members are missing; those of the strict tar reader; kMalformed,
// kMismatch and kTruncated where a table is not what torch writes, with offsets in `source`.
Result<TorchObject> ReadTorchTar(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
