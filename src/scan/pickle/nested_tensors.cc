// _rebuild_nested_tensor(buffer, sizes, strides, offsets): a row of sizes and one of strides for
// each part, and where it begins.
#include "scan/pickle/nested_tensors.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/checked.h"
#include "format/torch/torch_tensors.h"

namespace weighlock::scan {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

constexpr int kMostFindings = 20;
constexpr uint64_t kMostNumbers = uint64_t{1} << 20;

class NestedReader {
 public:
  NestedReader(const pickle::Pickle& pickle, const torch::Storages& storages,
               const StorageBytes& read)
      : graph_(pickle.graph), storages_(storages), reader_(pickle, storages), read_(read) {}

  // Whether every part lies in the buffer. Errors: what cannot be told.
  Result<bool> Fits(ValueId call) const {
    const ValueId arguments = graph_.call(call).args;
    if (graph_.kind(arguments) != ValueKind::kTuple || graph_.items(arguments).size() != 4) {
      return Unknown();
    }
    const auto args = graph_.items(arguments);
    WL_TRY(const Tensor buffer, Plain(args[0]));
    WL_TRY(const Tensor shape, Plain(args[1]));
    if (buffer.shape.size() != 1 || shape.shape.size() != 2) return Unknown();
    const uint64_t parts = shape.shape[0], dimensions = shape.shape[1];
    WL_TRY(const auto sizes, Numbers(args[1], {parts, dimensions}));
    WL_TRY(const auto strides, Numbers(args[2], {parts, dimensions}));
    WL_TRY(const auto offsets, Numbers(args[3], {parts}));
    for (uint64_t i = 0; i < parts; ++i) {
      const auto row = static_cast<size_t>(i * dimensions);
      const auto count = static_cast<size_t>(dimensions);
      if (!PartFits(std::span(sizes).subspan(row, count), std::span(strides).subspan(row, count),
                    offsets[static_cast<size_t>(i)], buffer.shape[0])) {
        return false;
      }
    }
    return true;
  }

 private:
  static Error Unknown() {
    return Error(Code::kUnsupported, "a nested tensor, whose parts are not told by tensors");
  }

  // A tensor that lies in its storage as one run.
  Result<Tensor> Plain(ValueId id) const {
    WL_TRY(const torch::TensorOutcome outcome, reader_.Read(id));
    if (!outcome.tensor || outcome.tensor->strides) return Unknown();
    return *outcome.tensor;
  }

  Result<std::vector<int64_t>> Numbers(ValueId id, const Shape& shape) const {
    WL_TRY(const Tensor tensor, Plain(id));
    if (tensor.dtype != DType::kI64 || tensor.shape != shape) return Unknown();
    if (tensor.data.size / 8 > kMostNumbers) {
      return Error(Code::kLimit, "a nested tensor of too many parts");
    }
    const torch::Storage& storage = storages_.all()[static_cast<size_t>(tensor.storage)];
    std::vector<int64_t> numbers;
    if (tensor.data.size == 0) return numbers;
    WL_TRY(const ByteVector bytes, read_(storage, tensor.data.offset, tensor.data.size));
    for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      numbers.push_back(LoadLe<int64_t>(Bytes(bytes).subspan(at)));
    }
    return numbers;
  }

  static bool PartFits(std::span<const int64_t> sizes, std::span<const int64_t> strides,
                       int64_t offset, uint64_t held) {
    if (offset < 0) return false;
    std::optional<uint64_t> last = static_cast<uint64_t>(offset);
    bool is_empty = false;
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] < 0 || strides[i] < 0) return false;
      if (sizes[i] == 0) {
        is_empty = true;
        continue;
      }
      const auto step =
          CheckedMul(static_cast<uint64_t>(sizes[i] - 1), static_cast<uint64_t>(strides[i]));
      last = step && last ? CheckedAdd(*last, *step) : std::nullopt;
    }
    if (is_empty) return static_cast<uint64_t>(offset) <= held;
    return last && *last < held;
  }

  const pickle::PickleGraph& graph_;
  const torch::Storages& storages_;
  torch::TensorReader reader_;
  const StorageBytes& read_;
};

}  // namespace

void JudgeNestedTensors(const pickle::Pickle& pickle, torch::Storages storages,
                        const StorageBytes& read, const FileScan& scan) {
  for (torch::Storage& storage : storages.all()) storage.offset = 0;  // places within the storage
  const NestedReader reader(pickle, storages, read);
  int found = 0;
  pickle.graph.ForEachOf({ValueKind::kCall}, [&](ValueId id) {
    const bool is_nested = torch::CalleeName(pickle.graph, pickle.graph.call(id).callee) ==
                           "torch._utils._rebuild_nested_tensor";
    if (!is_nested || found == kMostFindings) return;
    const auto fits = reader.Fits(id);
    if (fits && *fits) return;
    ++found;
    const uint64_t at = pickle.OffsetOf(id);
    if (!fits) return scan.Unjudged("WL-S-001", at, fits.error().what());
    scan.Add("WL-S-113", at, "makes a nested tensor, a part of which leads out of its buffer");
  });
}

}  // namespace weighlock::scan
