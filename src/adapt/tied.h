// Tied weights: which of several names for the same bytes a format with one name each keeps.
#pragma once

#include "format/safetensors/safetensors_writer.h"
#include "package/tensor_bytes.h"

namespace weighlock {

// Gives every tensor of the list the name to keep, takes its other names out of `list.aliases`, and
// returns them as metadata, removed -> kept. Kept is a name that loaders do not make up themselves
// (an output head is tied to an embedding when the model is built), among these the first in byte
// order.
SafetensorsMetadata DropAliases(TensorList& list);

}  // namespace weighlock
