// The pickles that a torch file consists of, as values of bytes.
#pragma once

#include <span>

#include "base/bytes.h"
#include "format/torch/torch_writer.h"
#include "pickle/pickle_writer.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

// OrderedDict(name -> tensor) with storage keys "0", "1", ... by index. Errors as PlanTorch.
Result<ByteVector> StateDictPickle(std::span<const Tensor> tensors,
                                   std::span<const TensorAlias> aliases, TorchContainer container);

// The three pickles that open a legacy stream: magic number, protocol 1001, system info.
ByteVector LegacyPreamble();

// The pickle between a legacy stream's object and its data: the list of keys "0" to "count - 1".
ByteVector LegacyStorageKeys(size_t count);

// The number torch keeps for a tensor's storage: elements, or bytes for untyped storages.
int64_t StorageCount(const Tensor& tensor);

// What a tensor has besides its values.
struct TensorTraits {
  std::string_view location = "cpu";  // the device that its storage was on
  bool requires_grad = false;
};

// Writes the call that makes `tensor`, over the storage of number `key`. kUnsupported: torch lacks
// the dtype, or cannot hold the shape.
Status WriteTensor(PickleWriter& out, const Tensor& tensor, size_t key, const TensorTraits& traits,
                   TorchContainer container);

}  // namespace weighlock
