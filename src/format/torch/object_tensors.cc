// A tensor is named for its path in the object, with a number where that name is taken.
#include "format/torch/object_tensors.h"

#include <fmt/format.h>

#include "base/escape.h"

namespace weighlock::torch {

using pickle::ValueId;
using pickle::ValueKind;

std::string ObjectTensors::Add(Tensor tensor, const std::string& path) {
  tensor.name = FreeName(path);
  tensor.big_endian = object_.big_endian;
  out_.push_back(std::move(tensor));
  return out_.back().name;
}

std::string ObjectTensors::AddStorage(const StorageView& view, const std::string& path) {
  const auto [name, is_new] = storages_.try_emplace(view.storage);
  if (!is_new) return name->second;
  const Storage& storage = object_.storages.all()[view.storage];
  const bool typed =
      storage.dtype && !Info(*storage.dtype).safetensors.empty() && Info(*storage.dtype).bits >= 8;
  Tensor tensor;
  tensor.dtype = typed ? *storage.dtype : DType::kU8;
  tensor.shape = {typed ? storage.count : storage.size};
  tensor.data = {storage.offset, storage.size};
  tensor.storage = view.storage;
  tensor.is_held = storage.is_held;
  name->second = Add(std::move(tensor), path.empty() ? "storage" : path + ".storage");
  return name->second;
}

std::string_view ObjectTensors::LocationOf(ValueId storage) const {
  const pickle::PickleGraph& graph = object_.pickle.graph;
  if (graph.kind(storage) != ValueKind::kPersistentId) return "cpu";
  const ValueId pid = graph.persistent_id(storage);
  if (graph.kind(pid) != ValueKind::kTuple || graph.items(pid).size() < 4) return "cpu";
  const ValueId location = graph.items(pid)[3];
  const bool is_text = graph.is_string(location) && IsUtf8(graph.text(location));
  return is_text ? graph.text(location) : "cpu";
}

std::string ObjectTensors::FreeName(const std::string& path) {
  const std::string base = path.empty() ? "tensor" : IsUtf8(path) ? path : Escape(path);
  size_t& wanted = repeated_[base];
  std::string name = base;
  // Each turn uses a number up, so many equal paths cost no more than their count.
  if (++wanted > 1) name = fmt::format("{}#{}", base, wanted);
  while (!names_.insert(name).second) name = fmt::format("{}#{}", base, ++wanted);
  return name;
}

}  // namespace weighlock::torch
