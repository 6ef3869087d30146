// Storage of the value graph.
#include "pickle/values.h"

#include <algorithm>

namespace weighlock::pickle {

std::string_view KindWord(ValueKind kind) {
  static constexpr std::string_view kWords[] = {"None",      "bool",
                                                "int",       "int",
                                                "float",     "str",
                                                "str",       "bytes",
                                                "bytearray", "list",
                                                "tuple",     "dict",
                                                "set",       "frozenset",
                                                "a global",  "an extension code",
                                                "a call",    "a persistent id",
                                                "a buffer"};
  return kWords[static_cast<size_t>(kind)];
}

std::string_view CallFormWord(CallForm form) {
  static constexpr std::string_view kWords[] = {"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST"};
  return kWords[static_cast<size_t>(form)];
}

// Most pickles are small: the first chunk grows up to its size, later ones are whole.
void PickleGraph::Grow() {
  constexpr uint32_t kWhole = uint32_t{1} << kChunkBits, kFirst = 256;
  if (capacity_ >= kWhole) {
    chunks_.push_back({std::make_unique_for_overwrite<Node[]>(kWhole)});
    capacity_ += kWhole;
    return;
  }
  const uint32_t grown = capacity_ == 0 ? kFirst : capacity_ * 8;
  auto chunk = std::make_unique_for_overwrite<Node[]>(grown);
  chunks_.resize(1);
  if (capacity_ > 0) std::copy_n(chunks_[0].nodes.get(), capacity_, chunk.get());
  chunks_[0].nodes = std::move(chunk);
  capacity_ = grown;
}

std::string_view PickleGraph::View(Text text, bool decoded) const {
  const std::string_view all = decoded ? std::string_view(decoded_) : AsText(bytes_);
  return all.substr(text.begin, text.size);
}

std::string_view PickleGraph::text(ValueId id) const {
  const Node& n = node(id);
  return View(n.text, n.decoded);
}

std::span<const ValueId> PickleGraph::items(ValueId id) const {
  const Node& n = node(id);
  if (n.kind == ValueKind::kTuple || n.kind == ValueKind::kFrozenSet) {
    return std::span(slots_).subspan(n.text.begin, n.text.size);
  }
  return lists_[n.index];
}

Global PickleGraph::global(ValueId id) const {
  const GlobalTexts& g = globals_[node(id).index];
  if (g.computed) return {{}, {}, true};
  return {View(g.module, g.module_decoded), View(g.name, g.name_decoded), false,
          g.module_decoded ? UINT32_MAX : g.module.begin,
          g.name_decoded ? UINT32_MAX : g.name.begin};
}

const Changes* PickleGraph::changes(ValueId id) const {
  const auto found = changes_.find(id);
  return found == changes_.end() ? nullptr : &found->second;
}

std::vector<ValueId> PickleGraph::changed() const {
  std::vector<ValueId> ids;
  for (const auto& [id, changes] : changes_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace weighlock::pickle
