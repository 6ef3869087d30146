// Bytes as pickles of all protocols keep them.
#pragma once

#include <optional>

#include "pickle/pickle.h"
#include "weighlock/model.h"

namespace weighlock::torch {

// The bytes of a bytes object or a bytearray; of a str of Python 2; or of _codecs.encode(text,
// "latin1"), which protocols 0 to 2 write for bytes. Nothing for other values.
std::optional<ByteVector> PickledBytes(const pickle::PickleGraph& graph, pickle::ValueId id);

// Adds bytes to model.held, for tensors that are held there; returns where they begin. kLimit: they
// are far more than the pickle has, which repeats them.
Result<uint64_t> Hold(const pickle::Pickle& pickle, Bytes bytes, Model& model);

}  // namespace weighlock::torch
