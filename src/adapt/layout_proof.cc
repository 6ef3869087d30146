// The reader sees the layout's own bytes and none of the tensors'; the writers have compared those.
#include "adapt/layout_proof.h"

#include <fmt/format.h>

#include <map>

#include "base/escape.h"
#include "format/formats.h"

namespace weighlock {
namespace {

struct Expected {
  const Tensor* tensor;
  uint64_t offset;  // of its bytes in the output
};

Error Wrong(const std::string& name, std::string what) {
  return Error(Code::kMismatch,
               fmt::format("proof: tensor {} in the output {}", Quote(name), std::move(what)));
}

}  // namespace

Status ProveLayout(const Layout& layout, const TensorList& list, std::span<const uint32_t> crcs,
                   const Limits& limits) {
  return ProveLayout(layout, list, crcs, [&](const ByteSource& output) -> Result<Model> {
    WL_TRY(const ByteVector head, output.Head(kHeadSize));
    return ReadModel(Recognise(head, output.size()), output, limits);
  });
}

Status ProveLayout(const Layout& layout, const TensorList& list, std::span<const uint32_t> crcs,
                   const ModelReader& read) {
  std::vector<ByteSource::Part> parts;
  std::vector<uint64_t> offsets(list.tensors.size(), kNoOffset);
  for (const Piece& piece : layout.pieces) {
    if (piece.tensor >= 0) {
      offsets[static_cast<size_t>(piece.tensor)] = piece.offset;
    } else {
      parts.emplace_back(piece.offset, piece.late ? piece.late(crcs) : piece.literal);
    }
  }
  const ByteSource output =
      ByteSource::FromParts(layout.size, std::move(parts), ByteSource::Holes::kZeros, "output");
  WL_TRY(const Model model, read(output));

  std::map<std::string_view, Expected> expected;
  for (size_t i = 0; i < list.tensors.size(); ++i) {
    expected[list.tensors[i].name] = {&list.tensors[i], offsets[i]};
  }
  for (const TensorAlias& alias : list.aliases) {
    expected[alias.name] = {&list.tensors[alias.tensor], offsets[alias.tensor]};
  }
  if (model.tensors.size() != expected.size()) {
    return Error(Code::kMismatch, fmt::format("proof: wanted {} tensors in the output, found {}",
                                              expected.size(), model.tensors.size()));
  }
  for (const Tensor& found : model.tensors) {
    const auto want = expected.find(found.name);
    if (want == expected.end()) return Wrong(found.name, "has no source");
    const Tensor& tensor = *want->second.tensor;
    if (found.dtype != tensor.dtype) return Wrong(found.name, "has another dtype");
    if (found.data.size != tensor.data.size || found.strides) {
      return Wrong(found.name, "has another size or layout");
    }
    if (found.shape != tensor.shape) {
      return Wrong(found.name, fmt::format("has shape {}, wanted {}", ShapeText(found.shape),
                                           ShapeText(tensor.shape)));
    }
    if (tensor.data.size > 0 && found.data.offset != want->second.offset) {
      return Wrong(found.name, fmt::format("is read from byte {}, its data is at {}",
                                           found.data.offset, want->second.offset));
    }
  }
  return {};
}

void AddProofs(const TensorList& list, std::span<const Digest> digests,
               std::vector<TensorProof>& proofs) {
  proofs.reserve(proofs.size() + list.tensors.size());
  for (size_t i = 0; i < list.tensors.size(); ++i) {
    const Tensor& t = list.tensors[i];
    proofs.push_back(
        {t.name, t.dtype, t.shape, t.data.size, digests.empty() ? std::string() : Hex(digests[i])});
  }
}

}  // namespace weighlock
