// The zip form of torch.save. Private to this room but for what the format table probes with.
#pragma once

#include "format/torch/torch_object.h"

#include "container/zip/zip_reader.h"

namespace weighlock::torch {

// Whether the directory is one of a torch file: "<root>/data.pkl" is there.
bool IsTorchZip(const ZipDirectory& directory);

Result<TorchObject> ReadTorchZip(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
