// Protocol 3 has bytes of its own; older ones write text of the characters 0 to 255 and a call of
// _codecs.encode that turns it back.
#include "format/torch/pickled_bytes.h"

#include "format/torch/torch_tensors.h"

namespace weighlock::torch {
namespace {

using pickle::ValueId;
using pickle::ValueKind;

// Text whose characters are all below 256, one byte each.
std::optional<ByteVector> Latin1(std::string_view utf8) {
  ByteVector bytes;
  bytes.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<uint8_t>(utf8[i]);
    if (lead < 0x80) {
      bytes.push_back(std::byte{lead});
      continue;
    }
    // 110000xx 10xxxxxx: U+0080 to U+00FF.
    if ((lead != 0xC2 && lead != 0xC3) || i + 1 == utf8.size()) return std::nullopt;
    const auto next = static_cast<uint8_t>(utf8[++i]);
    bytes.push_back(static_cast<std::byte>((lead & 3) << 6 | (next & 0x3F)));
  }
  return bytes;
}

ByteVector Copy(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Result<uint64_t> Hold(const pickle::Pickle& pickle, Bytes bytes, Model& model) {
  if (!model.held) model.held = std::make_shared<ByteVector>();
  const uint64_t offset = model.held->size();
  const uint64_t most = 2 * (pickle.end - pickle.start) + (1u << 20);
  if (bytes.size() > most || offset > most - bytes.size()) {
    return Error(Code::kLimit, "the pickle repeats the bytes of its arrays too often",
                 pickle.start);
  }
  Append(*model.held, bytes);
  return offset;
}

std::optional<ByteVector> PickledBytes(const pickle::PickleGraph& graph, ValueId id) {
  const ValueKind kind = graph.kind(id);
  if (graph.changes(id) != nullptr) return std::nullopt;  // a bytearray that was added to
  if (kind == ValueKind::kBytes || kind == ValueKind::kByteArray || kind == ValueKind::kNarrowStr) {
    return Copy(graph.text(id));
  }
  if (kind != ValueKind::kCall || CalleeName(graph, graph.call(id).callee) != "_codecs.encode") {
    return std::nullopt;
  }
  const ValueId args = graph.call(id).args;
  if (graph.kind(args) != ValueKind::kTuple || graph.items(args).size() != 2) return std::nullopt;
  const ValueId text = graph.items(args)[0], encoding = graph.items(args)[1];
  const bool fits = graph.kind(text) == ValueKind::kStr && graph.is_string(encoding) &&
                    (graph.text(encoding) == "latin1" || graph.text(encoding) == "latin-1");
  return fits ? Latin1(graph.text(text)) : std::nullopt;
}

}  // namespace weighlock::torch
