// Reads a layout back with the format's own reader, which shares nothing with its writer: every
// name must lead to the very bytes that its tensor was copied to.
#pragma once

#include <functional>
#include <span>

#include "codec/sha256.h"
#include "model/layout.h"
#include "package/tensor_bytes.h"
#include "weighlock/convert.h"

namespace weighlock {

// `crcs` by tensor, as found while copying. kMismatch says which tensor came out otherwise.
Status ProveLayout(const Layout& layout, const TensorList& list, std::span<const uint32_t> crcs,
                   const Limits& limits);

// The same where the output is no state dict: `read` finds its tensors, by the names of the list.
using ModelReader = std::function<Result<Model>(const ByteSource& output)>;
Status ProveLayout(const Layout& layout, const TensorList& list, std::span<const uint32_t> crcs,
                   const ModelReader& read);

// The tensors as a report lists them; `digests` by tensor, or empty.
void AddProofs(const TensorList& list, std::span<const Digest> digests,
               std::vector<TensorProof>& proofs);

}  // namespace weighlock
