// The tensors that go into the file beside an object's JSON, and their names. Private to this room.
#pragma once

#include <map>
#include <set>
#include <string>

#include "format/torch/torch_object.h"

namespace weighlock::torch {

class ObjectTensors {
 public:
  // Adds to `out`, which outlives this.
  ObjectTensors(const TorchObject& object, std::vector<Tensor>& out) : object_(object), out_(out) {}

  // Adds a tensor that stands at `path` of the object; returns its name, which no other has.
  std::string Add(Tensor tensor, const std::string& path);

  // Adds the whole storage that a value at `path` is a view of, as a tensor of one dimension, or
  // finds it among those that were added.
  std::string AddStorage(const StorageView& view, const std::string& path);

  // The device that a storage was on, by the fourth part of its persistent id. "cpu" where it is
  // not said.
  std::string_view LocationOf(pickle::ValueId storage) const;

 private:
  std::string FreeName(const std::string& path);

  const TorchObject& object_;
  std::vector<Tensor>& out_;
  std::set<std::string> names_;
  std::map<std::string, size_t> repeated_;  // how often each path was wanted
  std::map<size_t, std::string> storages_;  // those that were added
};

}  // namespace weighlock::torch
