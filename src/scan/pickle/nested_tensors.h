// Nested tensors: one buffer, and tensors that say where each part lies in it. torch believes them.
#pragma once

#include <functional>

#include "format/torch/storages.h"
#include "pickle/pickle.h"
#include "scan/scanner.h"

namespace weighlock::scan {

// `size` bytes of a storage, from `first` on.
using StorageBytes =
    std::function<Result<ByteVector>(const torch::Storage& storage, uint64_t first, uint64_t size)>;

// Holds the sizes, strides and offsets of every nested tensor against its buffer.
void JudgeNestedTensors(const pickle::Pickle& pickle, torch::Storages storages,
                        const StorageBytes& read, const FileScan& scan);

}  // namespace weighlock::scan
