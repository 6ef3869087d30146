// Data is pushed in; literals and late bytes are written as their turn comes.
#include "adapt/layout_emitter.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/crc32.h"

namespace weighlock {

LayoutEmitter::LayoutEmitter(const Layout& layout, size_t tensors, ByteSink& sink)
    : layout_(layout), sink_(sink), digests_(tensors, Sha256().Finish()), crcs_(tensors, 0) {}

Status LayoutEmitter::SkipToData() {
  for (; piece_ < layout_.pieces.size(); ++piece_) {
    const Piece& piece = layout_.pieces[piece_];
    if (piece.tensor >= 0) return {};
    WL_CHECKED(sink_.Write(piece.late ? Bytes(piece.late(crcs_)) : Bytes(piece.literal)));
  }
  return {};
}

Status LayoutEmitter::Data(Bytes bytes) {
  while (!bytes.empty()) {
    WL_CHECKED(SkipToData());
    if (piece_ == layout_.pieces.size()) {
      return Error(Code::kMismatch,
                   fmt::format("{} bytes more than the tensors have", bytes.size()));
    }
    const Piece& piece = layout_.pieces[piece_];
    const auto tensor = static_cast<size_t>(piece.tensor);
    const auto count = static_cast<size_t>(std::min<uint64_t>(bytes.size(), piece.size - done_));
    const Bytes part = bytes.first(count);
    sha_.Update(part);
    crcs_[tensor] = Crc32(crcs_[tensor], part);
    WL_CHECKED(sink_.Write(part));
    done_ += count;
    bytes = bytes.subspan(count);
    if (done_ == piece.size) {
      digests_[tensor] = sha_.Finish();
      done_ = 0;
      ++piece_;
    }
  }
  return {};
}

Status LayoutEmitter::Finish() {
  WL_CHECKED(SkipToData());
  if (piece_ == layout_.pieces.size()) return {};
  return Error(Code::kTruncated, fmt::format("the data of tensor number {} is not all there",
                                             layout_.pieces[piece_].tensor));
}

}  // namespace weighlock
