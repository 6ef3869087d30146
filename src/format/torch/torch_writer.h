// A state dict as torch.save would write it: laid out before a byte of it is written.
//
// docs/formats/torch-zip.md and torch-legacy.md describe the two containers. Both hold an
// OrderedDict of names to plain CPU tensors and nothing else, so that they load under weights_only
// of every release.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/layout.h"
#include "weighlock/convert.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock {

// One name more for the bytes of a tensor: tied weights.
struct TensorAlias {
  std::string name;
  size_t tensor;  // index
};

// The layout of a state dict of `tensors` in their order, then the aliases. The tensors' data are
// pieces of the layout, in the same order, each the contiguous little-endian bytes. kUnsupported
// names the tensor and the dtype that torch lacks, or a shape that it cannot hold.
Result<Layout> PlanTorch(std::span<const Tensor> tensors, std::span<const TensorAlias> aliases,
                         TorchContainer container);

// A torch zip of any object: `pickle` names the tensors' storages by their index here.
Result<Layout> PlanTorchZip(std::span<const Tensor> tensors, ByteVector pickle);

}  // namespace weighlock
