// What torch.save or pickle.dump wrote, before anyone asks for tensors: the graph of values, and
// the storages that it refers to. Private to this room and to object_json.h.
#pragma once

#include <string>

#include "base/byte_source.h"
#include "format/torch/storages.h"
#include "pickle/pickle.h"
#include "weighlock/limits.h"
#include "weighlock/model.h"
#include "weighlock/result.h"

namespace weighlock::torch {

struct TorchObject {
  pickle::Pickle pickle;
  Storages storages;
  Model model;         // what is known but for the tensors: format, notes, checksums
  std::string record;  // the member that holds the pickle; empty: the file itself
  bool big_endian = false;
};

// Reads a torch zip, a legacy stream or a bare pickle, told apart by their first bytes. Errors as
// those of ReadTorch.
Result<TorchObject> ReadTorchObject(const ByteSource& source, const Limits& limits);

}  // namespace weighlock::torch
