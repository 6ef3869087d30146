// pickle.dump of an object with tensors in it: each storage is the bytes of a legacy stream of its
// own, which torch.storage._load_from_bytes would load. docs/formats/pickle.md.
#pragma once

#include "format/torch/torch_object.h"

namespace weighlock::torch {

// Errors: those of the pickle and of the streams in it, with offsets in `source`. Streams that are
// kept as text (protocol 2 and earlier) are unpacked into Model::held.
Result<TorchObject> ReadBarePickle(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
