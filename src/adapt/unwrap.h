// Checkpoints that wrap a state dict: {"state_dict": {...}, "epoch": 3}, names that begin
// "module.".
#pragma once

#include <string>
#include <vector>

#include "package/tensor_bytes.h"

namespace weighlock {

// Leaves in `list` the tensors whose names are below `prefix` ("state_dict", "module"), without it
// and its dot. Notes how many others were left out. kNotFound: there are none; the message names
// what there is.
Status Unwrap(const std::string& prefix, TensorList& list);

// Unwrap by a plan, where `prefix` may be empty; and whatever format the metadata name gives way to
// the one that is written.
Status MendTensors(const std::string& prefix, TensorList& list);

// A note where names begin with what, by custom, is no part of them; empty where none does. Only
// ever a hint: "model." is as often meant.
std::string WrapperHint(const TensorList& list);

}  // namespace weighlock
