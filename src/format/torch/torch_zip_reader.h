// The zip form of torch.save. Private to this room but for what the format table probes with.
#pragma once

#include "base/byte_source.h"
#include "container/zip/zip_reader.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

// Whether the directory is one of a torch file: "<root>/data.pkl" is there.
bool IsTorchZip(const ZipDirectory& directory);

Result<Model> ReadTorchZip(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
