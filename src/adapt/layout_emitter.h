// A Layout written in order, from tensors that arrive in the layout's order: for streams.
#pragma once

#include <vector>

#include "base/byte_stream.h"
#include "codec/sha256.h"
#include "model/layout.h"

namespace weighlock {

class LayoutEmitter {
 public:
  // `tensors` is how many the layout was made from. Both references outlive the emitter.
  LayoutEmitter(const Layout& layout, size_t tensors, ByteSink& sink);

  // The next bytes of the tensors' data, as if all tensors stood one behind the other.
  Status Data(Bytes bytes);
  // Writes what follows the last tensor. kTruncated: data is missing.
  Status Finish();

  // After Finish: by tensor.
  const std::vector<Digest>& digests() const WL_LIFETIME_BOUND { return digests_; }
  const std::vector<uint32_t>& crcs() const WL_LIFETIME_BOUND { return crcs_; }

 private:
  // Writes pieces up to the next one that takes data.
  Status SkipToData();

  const Layout& layout_;
  ByteSink& sink_;
  size_t piece_ = 0;   // the piece we are in
  uint64_t done_ = 0;  // bytes of it that have come
  Sha256 sha_;
  std::vector<Digest> digests_;
  std::vector<uint32_t> crcs_;
};

}  // namespace weighlock
