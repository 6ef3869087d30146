// Tensors as calls of torch._utils._rebuild_tensor_v2, or _v3 for the dtypes without a storage
// class of their own.
#include "format/torch/state_dict_pickle.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/escape.h"
#include "pickle/pickle_writer.h"

namespace weighlock {
namespace {

// CPython writes dicts in batches of this many items; a reader's stack stays small.
constexpr size_t kItemsPerBatch = 1000;

Error Unsupported(const Tensor& tensor, std::string what) {
  return Error(Code::kUnsupported,
               fmt::format("tensor {}: {}", Quote(tensor.name), std::move(what)));
}

bool IsQuantised(DType dtype) {
  return dtype >= DType::kQInt8 && dtype <= DType::kQUInt2x4;
}

bool IsUntyped(const Tensor& tensor) {
  return Info(tensor.dtype).storage.empty();
}

// The sizes as torch counts them. float4_e2m1fn_x2 holds two values an element, so its last
// dimension is half of ours.
Result<Shape> TorchShape(const Tensor& tensor) {
  Shape shape = tensor.shape;
  if (tensor.dtype == DType::kF4) {
    if (shape.empty() || shape.back() % 2 != 0) {
      return Unsupported(tensor, fmt::format("F4 {}: torch packs pairs along the last dimension, "
                                             "which is not even",
                                             ShapeText(shape)));
    }
    shape.back() /= 2;
  }
  return shape;
}

// Row-major strides in elements; a dimension of 0 counts as 1, as torch does it.
Result<Shape> Strides(const Tensor& tensor, const Shape& shape) {
  Shape strides(shape.size());
  uint64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    const auto next = CheckedMul(step, std::max<uint64_t>(shape[i], 1));
    if (!next || *next > INT64_MAX || shape[i] > INT64_MAX) {
      return Unsupported(
          tensor, fmt::format("shape {} is beyond what torch can count", ShapeText(tensor.shape)));
    }
    step = *next;
  }
  return strides;
}

void IntTuple(PickleWriter& out, const Shape& numbers) {
  out.Mark();
  for (const uint64_t number : numbers) out.Int(static_cast<int64_t>(number));
  out.Tuple();
}

void Storage(PickleWriter& out, const Tensor& tensor, size_t key, std::string_view location,
             TorchContainer container) {
  out.Mark();
  out.Text("storage");
  if (IsUntyped(tensor)) {
    out.Global("torch.storage", "UntypedStorage");
  } else {
    out.Global("torch", Info(tensor.dtype).storage);
  }
  out.Text(fmt::format("{}", key));
  out.Text(location);
  out.Int(StorageCount(tensor));
  if (container == TorchContainer::kLegacy) out.None();  // no view of another storage
  out.Tuple();
  out.PersistentId();
}

}  // namespace

Status WriteTensor(PickleWriter& out, const Tensor& tensor, size_t key, const TensorTraits& traits,
                   TorchContainer container) {
  const DTypeInfo& info = Info(tensor.dtype);
  if (info.torch.empty()) {
    return Unsupported(tensor, fmt::format("torch has no dtype for {}", info.name));
  }
  if (IsQuantised(tensor.dtype)) {
    return Unsupported(tensor,
                       fmt::format("{} is nothing without its scale and zero point", info.name));
  }
  WL_TRY(const Shape shape, TorchShape(tensor));
  WL_TRY(const Shape strides, Strides(tensor, shape));
  out.Global("torch._utils", IsUntyped(tensor) ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2");
  out.Mark();
  Storage(out, tensor, key, traits.location, container);
  out.Int(0);  // storage offset
  IntTuple(out, shape);
  IntTuple(out, strides);
  out.Bool(traits.requires_grad);
  out.Global("collections", "OrderedDict");  // backward hooks: none
  out.EmptyTuple();
  out.Reduce();
  if (IsUntyped(tensor)) out.Global("torch", info.torch);
  out.Tuple();
  out.Reduce();
  return {};
}

int64_t StorageCount(const Tensor& tensor) {
  if (IsUntyped(tensor)) return static_cast<int64_t>(tensor.data.size);
  return static_cast<int64_t>(tensor.data.size / (Info(tensor.dtype).bits / 8));
}

Result<ByteVector> StateDictPickle(std::span<const Tensor> tensors,
                                   std::span<const TensorAlias> aliases, TorchContainer container) {
  PickleWriter out;
  out.Protocol();
  out.Global("collections", "OrderedDict");
  out.EmptyTuple();
  out.Reduce();
  const size_t items = tensors.size() + aliases.size();
  for (size_t i = 0; i < items; ++i) {
    if (i % kItemsPerBatch == 0) out.Mark();
    const bool is_alias = i >= tensors.size();
    const size_t key = is_alias ? aliases[i - tensors.size()].tensor : i;
    out.Text(is_alias ? aliases[i - tensors.size()].name : tensors[i].name);
    WL_CHECKED(WriteTensor(out, tensors[key], key, {}, container));
    if ((i + 1) % kItemsPerBatch == 0 || i + 1 == items) out.SetItems();
  }
  out.Stop();
  return std::move(out).Take();
}

ByteVector LegacyPreamble() {
  ByteVector bytes;
  // The magic number 0x1950a86a20f9469cfc6c is beyond 64 bits: LONG1 with its ten bytes.
  Append(bytes, std::string_view("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15));
  PickleWriter protocol;
  protocol.Protocol();
  protocol.Int(1001);
  protocol.Stop();
  Append(bytes, std::move(protocol).Take());
  PickleWriter info;
  info.Protocol();
  info.EmptyDict();
  info.Mark();
  info.Text("protocol_version");
  info.Int(1001);
  info.Text("little_endian");
  info.Bool(true);
  info.Text("type_sizes");
  info.EmptyDict();
  info.Mark();
  for (const auto& [type, size] : {std::pair("short", 2), {"int", 4}, {"long", 4}}) {
    info.Text(type);
    info.Int(size);
  }
  info.SetItems();
  info.SetItems();
  info.Stop();
  Append(bytes, std::move(info).Take());
  return bytes;
}

ByteVector LegacyStorageKeys(size_t count) {
  PickleWriter out;
  out.Protocol();
  out.EmptyList();
  for (size_t i = 0; i < count; ++i) {
    if (i % kItemsPerBatch == 0) out.Mark();
    out.Text(fmt::format("{}", i));
    if ((i + 1) % kItemsPerBatch == 0 || i + 1 == count) out.Appends();
  }
  out.Stop();
  return std::move(out).Take();
}

}  // namespace weighlock
